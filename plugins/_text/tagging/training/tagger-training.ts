import type { Progress } from 'modelhost'
import { readFound } from '../../../_model/found-checkpoint.js'
import { roundTo } from '../../../_model/rounds.js'
import { BestPass } from './best-pass.js'
import type { FeatureCorpus } from './features.js'
import { learn } from './learn.js'
import type { LearnOptions, Look } from './learn-options.js'
import type { AllLearned, Figures, Learned, RunsState } from './learned.js'
import type { LearnedSums, PackedWeights } from './pack.js'
import type { TaggerSettings } from './settings.js'
import type { TaggerSources, TrainedTagger } from './tagger-source.js'
import { TimeLeft } from './time-left.js'
import type { Development, TaggerTools } from './tools.js'
import { decodeState, encodeState, fingerprintOf, type Stage, type TrainingState } from './training-state.js'

/** What was made of what was wanted. */
interface Made {
  readonly epochs: number
  readonly wantedEpochs: number
  readonly runs: number
}

type Opened = { readonly packed: PackedWeights; readonly development: Development | undefined }

/**
 * Learns all runs; with `patience`, before them one that says how many passes they make:
 *
 *   search: first run, a look after each pass ── best pass ──▶ all: every run, so many passes ──▶ tagger
 *
 * Where the time is short, what there is of it by then is the tagger: of both the one that does better.
 */
export class TaggerTraining {
  readonly #time: TimeLeft
  readonly #best: BestPass
  readonly #found: TrainingState | undefined
  #fingerprint: string | undefined
  #told: Progress | undefined
  /** Would a training that goes on learn more? */
  #isCut = false

  constructor(
    private readonly sources: TaggerSources,
    private readonly corpus: FeatureCorpus,
    private readonly settings: TaggerSettings,
    private readonly tools: TaggerTools,
  ) {
    this.#time = new TimeLeft(tools)
    this.#found = this.#readFound()
    const { pass, looks } = this.#found?.best ?? {}
    this.#best = new BestPass(settings.patience ?? Number.POSITIVE_INFINITY, pass, looks)
  }

  async result(): Promise<TrainedTagger> {
    const { settings, tools } = this
    if (settings.patience === undefined || !tools.development) return this.#learnAll(settings.epochs)
    const searched = await this.#search()
    // The first run alone says how many passes there are: so it does not matter how far others were by then.
    const { pass } = this.#best
    if (settings.runs > 1 && pass && !this.#time.isOver) return this.#learnAll(pass.epochs)
    if (settings.runs > 1) this.#isCut = true
    return this.#conclude('search', searched, true)
  }

  /** @returns undefined where an earlier training had found enough */
  async #search(): Promise<Learned | undefined> {
    if (this.#found?.stage === 'all' || this.#best.isEnough) return undefined
    const { epochs } = this.settings
    const learned = await this.#learn('search', epochs)
    this.#isCut = !this.#best.isEnough && this.#best.looks < epochs
    return learned
  }

  async #learnAll(epochs: number): Promise<TrainedTagger> {
    const learned = await this.#learn('all', epochs)
    if (learned.isCut) this.#isCut = true
    return this.#conclude('all', learned, true)
  }

  #learn(stage: Stage, epochs: number): Promise<AllLearned> {
    const { settings, tools, corpus } = this
    const { runs, patience } = settings
    const isSearch = stage === 'search'
    const found = this.#found?.stage === stage ? this.#found : undefined
    const later = isSearch && runs > 1 ? Math.ceil(runs / Math.min(tools.threads, runs)) : 0
    const looks = tools.development && (isSearch || patience === undefined)
    const options: LearnOptions = {
      time: this.#time,
      repeats: later,
      figures: found?.figures ?? this.#best.pass?.development.figures,
      found: found?.runs,
      ...(looks ? { lookAt: (learned: LearnedSums) => this.#lookAt(learned) } : {}),
      rehearse: learned => void this.sources.open(this.sources.pack(learned)),
      ...this.#savingIn(stage),
    }
    const progress = (step: Progress) => {
      this.#told = step
      tools.progress(step)
    }
    return learn(corpus, { ...settings, runs: isSearch ? 1 : runs, epochs }, { ...tools, progress }, options)
  }

  #lookAt(learned: LearnedSums): Look {
    const { packed, development } = this.#open(learned)
    const { figures } = development!
    // Without patience all passes are made, and none is to be kept.
    if (this.settings.patience === undefined) return { figures, isEnough: false }
    this.#best.add(development!, packed)
    return { figures, isEnough: this.#best.isEnough }
  }

  #open(learned: LearnedSums): Opened {
    const packed = this.sources.pack(learned)
    return { packed, development: this.tools.development?.(this.sources.open(packed)) }
  }

  /** @param isEnd  is it the end, or would it be the model if this were the end? */
  #conclude(stage: Stage, learned: Learned | undefined, isEnd: boolean): TrainedTagger {
    const { settings, tools } = this
    const { pass, looks, isEnough } = this.#best
    const wasCut = pass !== undefined && !isEnough && looks < settings.epochs
    const searched = pass && { ...pass, made: { epochs: looks, wantedEpochs: settings.epochs, runs: 1 } }
    if (stage === 'search' && searched) return this.#finish(searched, wasCut || settings.runs > 1, isEnd)
    const { sums, epochs: epochsMade } = learned!
    const wanted = pass && stage === 'all' ? pass.epochs : settings.epochs
    const isShort = epochsMade < wanted || sums.runs < settings.runs
    // The passes of the search are what there was no time for.
    const [epochs, wantedEpochs] = wasCut ? [looks, settings.epochs] : [epochsMade, wanted]
    const made: Made = { epochs, wantedEpochs, runs: sums.runs }
    const opened = { ...this.#open(sums), epochs: pass?.epochs, made }
    const isWorse = searched && searched.development.score > (opened.development?.score ?? 0)
    if (isShort && isWorse) return this.#finish(searched, true, isEnd)
    if (isEnd && pass && opened.development && this.#told) {
      tools.progress({ ...this.#told, figures: opened.development.figures })
    }
    return this.#finish(opened, isShort || wasCut, isEnd)
  }

  #finish(
    { packed, development, epochs, made }: Opened & { readonly epochs: number | undefined; readonly made: Made },
    isShort: boolean,
    isEnd: boolean,
  ): TrainedTagger {
    const source = this.sources.fileOf(packed)
    const { runs: wantedRuns, epochs: wanted } = this.settings
    const whole = { done: wanted, wanted, unit: 'epochs' }
    if (!isShort) return { source, development, epochs, end: whole }
    const epochsMade = roundTo(made.epochs)
    const told = { epochs: epochsMade, wanted: made.wantedEpochs, runs: made.runs, wantedRuns }
    if (isEnd) this.tools.log.info(told, 'the time was too short for all epochs')
    const metadata = {
      epochs_made: String(epochsMade),
      epochs_wanted: String(made.wantedEpochs),
      runs_made: String(made.runs),
      runs_wanted: String(wantedRuns),
    }
    const done = roundTo((made.epochs * made.runs) / wantedRuns)
    const end = this.#isCut ? { done, wanted: made.wantedEpochs, unit: 'epochs' } : whole
    return { source: { ...source, metadata: { ...source.metadata, ...metadata } }, development, epochs, end }
  }

  /** Of `learn`: saves where it is in a stage. */
  #savingIn(stage: Stage): Pick<LearnOptions, 'isDue' | 'save'> {
    const { saving } = this.tools
    if (!saving) return {}
    const save = (runs: RunsState, figures: Figures, learned: () => Learned) => {
      const state = encodeState({ stage, runs, figures, best: this.#best }, this.#training())
      return saving.checkpoints.save(state, artifact => saving.write(artifact, this.#conclude(stage, learned(), false)))
    }
    return { isDue: () => saving.checkpoints.isDue(), save }
  }

  #training(): string {
    this.#fingerprint ??= fingerprintOf(this.corpus, this.settings, this.tools.development !== undefined)
    return this.#fingerprint
  }

  #readFound(): TrainingState | undefined {
    const { settings, corpus, tools } = this
    if (!tools.saving) return undefined
    const open = (packed: PackedWeights) => this.sources.open(packed)
    return readFound({ checkpoints: tools.saving.checkpoints, log: tools.log }, file =>
      decodeState(file, { fingerprint: this.#training(), corpus, settings, open }),
    )
  }
}
