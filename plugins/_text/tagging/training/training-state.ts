import { createHash } from 'node:crypto'
import { isHostError, type TensorFile, type TensorSource } from 'modelhost'
import { invalid } from '../../../_model/invalid.js'
import type { BestPass, Pass } from './best-pass.js'
import type { FeatureCorpus } from './features.js'
import { type Figures, type RunState, type RunsState, sizesOf } from './learned.js'
import type { PackedWeights } from './pack.js'
import type { TaggerSettings } from './settings.js'

/** Of what is written here; another one is not read. */
const stateVersion = 1

/** With `patience` the passes are searched for with one run, before all runs are made. */
export type Stage = 'search' | 'all'

/** Where a training is. */
export interface TrainingState {
  readonly stage: Stage
  readonly runs: RunsState
  readonly figures: Figures
  readonly best: Pick<BestPass, 'pass' | 'looks'>
}

/** What tells a training from others: all that its model depends on, but for what is measured with. */
export function fingerprintOf(corpus: FeatureCorpus, settings: TaggerSettings, isMeasured: boolean): string {
  const hash = createHash('sha256')
  const { tagCount, wordFeatures, features, gold, sentences, hashes, allowed = new Uint8Array(0) } = corpus
  for (const { buffer, byteOffset, byteLength } of [wordFeatures, features, gold, sentences, hashes, allowed]) {
    hash.update(`${byteLength}\n`)
    hash.update(new Uint8Array(buffer, byteOffset, byteLength))
  }
  const { epochs, patience = null, runs, cost = 0, seed, threshold, domain = null } = settings
  hash.update(JSON.stringify([tagCount, epochs, patience, runs, cost, seed, threshold, domain, isMeasured]))
  return hash.digest('hex')
}

/** As a checkpoint has it; views, so that it is to be written before the training goes on. */
export function encodeState({ stage, runs, figures, best }: TrainingState, fingerprint: string): TensorSource {
  const { pass } = best
  const tensors: Record<string, TensorSource['tensors'][string]> = {
    sums: runs.sums,
    transition_sums: runs.transitionSums,
  }
  for (const { run, weights, changes, transitions, transitionChanges } of runs.begun) {
    tensors[`run.${run}.weights`] = weights
    tensors[`run.${run}.changes`] = changes
    tensors[`run.${run}.transitions`] = transitions
    tensors[`run.${run}.transition_changes`] = transitionChanges
  }
  if (pass) {
    tensors['best.starts'] = pass.packed.starts
    tensors['best.lists'] = pass.packed.lists
    tensors['best.transitions'] = pass.packed.transitions
  }
  const runSteps = (list: RunsState['finished']) => list.map(({ run, steps }) => [run, steps])
  const { epochs, development } = pass ?? {}
  const { scale, features, weights } = pass?.packed ?? {}
  const state = {
    ...{ stage, figures, finished: runSteps(runs.finished), begun: runSteps(runs.begun), looks: best.looks },
    ...(pass ? { best: { epochs, development, scale, features, weights } } : {}),
  }
  const metadata = { state_version: String(stateVersion), fingerprint, state: JSON.stringify(state) }
  return { tensors, metadata }
}

/** What a state must fit. */
export interface Expected {
  readonly fingerprint: string
  readonly corpus: Pick<FeatureCorpus, 'tagCount' | 'hashes' | 'sentences'>
  readonly settings: Pick<TaggerSettings, 'epochs' | 'patience' | 'runs'>
  /** Throws where the weights of a pass are none of a tagger. */
  readonly open: (packed: PackedWeights) => unknown
}

/** @throws HostError ARTIFACT_INVALID that says what does not fit */
export function decodeState(file: TensorFile, expected: Expected): TrainingState {
  try {
    return decode(file, expected)
  } catch (error) {
    throw isHostError(error) ? error : invalid(file, (error as Error).message)
  }
}

function decode(file: TensorFile, { fingerprint, corpus, settings, open }: Expected): TrainingState {
  const { metadata } = file
  check(metadata['state_version'] === String(stateVersion), 'it is of another version')
  check(metadata['fingerprint'] === fingerprint, 'it is of a training on other data, or with other params')
  const state = asObject(JSON.parse(metadata['state'] ?? 'null'))
  const stage = state['stage']
  check(stage === 'search' || stage === 'all', 'its stage is unknown')
  check(stage === 'all' || settings.patience !== undefined, 'it is of a training with patience')
  const looks = asCount(state['looks'], settings.epochs)
  const pass = state['best'] === undefined ? undefined : decodePass(file, asObject(state['best']), looks)
  check(pass !== undefined || stage === 'search' || settings.patience === undefined, 'it has no best pass')
  if (pass) open(pass.packed)
  const [featureCount, sentenceCount] = [corpus.hashes.length / 2, corpus.sentences.length - 1]
  const runCount = stage === 'search' ? 1 : settings.runs
  const seen = new Set<number>()
  const steps = (list: unknown, least = 0) => {
    check(Array.isArray(list), 'it has no list of runs')
    return (list as unknown[]).map(pair => {
      check(Array.isArray(pair), 'a run is no pair')
      const [run, steps] = pair as unknown[]
      const own = { run: asCount(run, runCount - 1), steps: asCount(steps, settings.epochs * sentenceCount) }
      check(!seen.has(own.run), 'it has a run twice')
      check(own.steps >= least, 'it has a run that is not begun')
      seen.add(own.run)
      return own
    })
  }
  const size = sizesOf({ tagCount: corpus.tagCount, featureCount })
  const runs = {
    sums: file.tensor('sums', 'I32', [size.weights]),
    transitionSums: file.tensor('transition_sums', 'I32', [size.transitions]),
    finished: steps(state['finished']),
    begun: steps(state['begun'], 1).map(
      ({ run, steps }): RunState => ({
        run,
        steps,
        weights: file.tensor(`run.${run}.weights`, 'I16', [size.weights]),
        changes: file.tensor(`run.${run}.changes`, 'F32', [size.weights]),
        transitions: file.tensor(`run.${run}.transitions`, 'I32', [size.transitions]),
        transitionChanges: file.tensor(`run.${run}.transition_changes`, 'F32', [size.transitions]),
      }),
    ),
  }
  return { stage, runs, figures: asFigures(state['figures']), best: { pass, looks } }
}

function decodePass(file: TensorFile, best: Readonly<Record<string, unknown>>, looks: number): Pass {
  const development = asObject(best['development'])
  const packed = {
    starts: file.tensor('best.starts', 'U32', [null]),
    lists: file.tensor('best.lists', 'U8', [null]),
    transitions: file.tensor('best.transitions', 'I16', [null]),
    scale: asNumber(best['scale']),
    features: asCount(best['features']),
    weights: asCount(best['weights']),
  }
  const epochs = asCount(best['epochs'], looks)
  check(epochs > 0, 'its best pass is none')
  return {
    epochs,
    packed,
    development: { figures: asFigures(development['figures']), score: asNumber(development['score']) },
  }
}

function check(isSo: boolean, problem: string): asserts isSo {
  if (!isSo) throw new Error(problem)
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  check(typeof value === 'object' && value !== null && !Array.isArray(value), 'it has no object where one belongs')
  return value as Record<string, unknown>
}

function asNumber(value: unknown): number {
  check(typeof value === 'number', 'it has no number where one belongs')
  return value
}

function asCount(value: unknown, most = Number.MAX_SAFE_INTEGER): number {
  check(Number.isSafeInteger(value), 'it has no whole number where one belongs')
  const count = value as number
  check(count >= 0 && count <= most, `${count} is not within 0 and ${most}`)
  return count
}

function asFigures(value: unknown): Figures {
  const figures = asObject(value)
  for (const figure of Object.values(figures)) asNumber(figure)
  return figures as Figures
}
