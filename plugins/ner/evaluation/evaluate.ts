import { type EvaluateContext, type Evaluation, fail, type Measure } from 'modelhost'
import { EntityTally, SurfaceTally } from '../../_measures/entities.js'
import { throttle } from '../../_model/progress.js'
import { findEntityFiles, isSpanLines } from '../../_text/entities/corpus.js'
import type { LabelMap } from '../../_text/entities/labels.js'
import type { OffsetUnit } from '../../_text/entities/offsets.js'
import type { Entity } from '../../_text/entities/tags.js'
import type { Refuse } from '../../_text/text-files.js'
import { readConllGold } from './conll-gold.js'
import type { GoldCase } from './gold-case.js'
import { predictCases } from './predict.js'
import { readSpanGold } from './span-gold.js'
import { scoreTables } from './tables.js'

export interface EvaluationParams {
  readonly labels: LabelMap
  readonly tag_column?: number | undefined
  readonly data_offsets: OffsetUnit
}

/**
 * Measures a model on a file of names: CoNLL, whose own tokens are asked for, or JSON lines, whose texts are.
 *
 * @throws HostError EVALUATE_FAILED naming file and line where the file is not what it should be
 */
export async function evaluateModel<Q, R>(context: EvaluateContext<EvaluationParams, Q, R>): Promise<Evaluation> {
  const { files, params, log } = context
  const refuse: Refuse = (problem, cause) => fail('EVALUATE_FAILED', { plugin: 'NER', problem }, cause)
  const paths = await findEntityFiles(files.gold, refuse)
  const read = await Promise.all(paths.map(path => readGold(path, params, refuse)))
  const cases = read.flat()
  const progress = throttle(context.progress)
  const tallies = new Tallies()
  const predictions: string[] = []
  const of = paths.every(isSpanLines) ? 'texts' : 'sentences'
  for await (const { goldCase, found } of predictCases(cases, context, refuse)) {
    tallies.add(goldCase, found)
    predictions.push(goldCase.format(found))
    progress({ done: predictions.length, total: cases.length, unit: of, stage: 'finding names' })
  }
  warnOfLabels(tallies, log)
  return {
    task: 'named entities',
    cases: cases.length,
    unit: of,
    measures: measuresOf(tallies),
    tables: scoreTables(tallies.names),
    predictions: predictions.join(''),
  }
}

function readGold(path: string, params: EvaluationParams, refuse: Refuse): Promise<GoldCase[]> {
  const { labels, tag_column: tagColumn, data_offsets: unit } = params
  if (isSpanLines(path)) return readSpanGold({ path, labels, unit, refuse })
  return readConllGold({ path, labels, tagColumn, refuse })
}

class Tallies {
  readonly names = new EntityTally()
  readonly surfaces = new SurfaceTally()
  readonly withMentions = new EntityTally()
  hasMentions = false

  add(goldCase: GoldCase, found: readonly Entity[]): void {
    const { gold, all, hasMentions } = goldCase
    const names = found.filter(entity => !goldCase.isMention(entity))
    this.names.add(gold, names)
    for (const entity of gold) this.surfaces.addGold(goldCase.textOf(entity), entity.label)
    for (const entity of names) this.surfaces.addPredicted(goldCase.textOf(entity), entity.label)
    const inFile = found.flatMap(entity => goldCase.asInFile(entity))
    this.withMentions.add(all, inFile)
    this.hasMentions ||= hasMentions
  }
}

/** Labels that the model never has are most often those of another corpus. */
function warnOfLabels({ names }: Tallies, log: { warn(fields: object, message: string): void }): void {
  const unmet = names.scores().filter(([, { gold, predicted }]) => gold > 0 && predicted === 0)
  if (unmet.length === 0) return
  const labels = unmet.map(([label]) => label)
  log.warn({ labels }, 'the model found no name of these labels; the param "labels" says what stands for them')
}

function measuresOf({ names, surfaces, withMentions, hasMentions }: Tallies): Record<string, Measure> {
  const { precision, recall, f1 } = names.score
  const surface = surfaces.score
  const all = withMentions.score
  const others = {
    f1_with_mentions: { value: all.f1, description: 'the same with the mentions that the file has as names' },
    recall_with_mentions: { value: all.recall, description: 'share of all names of the file that are found' },
  }
  return {
    f1: { value: f1, description: 'harmonic mean of the next two; borders and label exact' },
    precision: { value: precision, description: 'share of the names found that are right' },
    recall: { value: recall, description: 'share of the right names that are found' },
    surface_f1: { value: surface.f1, description: 'F1 over distinct names, each counted once' },
    ...(hasMentions ? others : {}),
  }
}
