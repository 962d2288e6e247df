import { encodeTensorFile, type TensorFile } from 'modelhost'
import { precisionRecall } from '../_measures/precision-recall.js'
import { fitCurve } from '../_text/entities/calibrate.js'
import type { EntityCorpus, EntitySentence } from '../_text/entities/corpus.js'
import { judge } from '../_text/entities/development.js'
import type { Tagger } from '../_text/tagging/tagger.js'
import { tablesOf, taggerOf } from '../_text/tagging/tagger-file.js'
import type { TaggerFile } from '../_text/tagging/training/tagger-source.js'
import type { Kitchen } from './kitchen.js'

export const foldCount = 5
/** Neighbouring sentences may be of one text: folds are of blocks of so many. */
const blockSentences = 8

export const openFile = (file: TaggerFile, tables: TensorFile): Tagger =>
  taggerOf(encodeTensorFile(file), 'NER-model', tablesOf(tables.bytes, 'NER-tables'))

/** A tagger, and sentences that it was not learned from. */
interface Trial {
  readonly tagger: Tagger
  readonly sentences: readonly EntitySentence[]
}

/** Each fold of the first set, with what is learned from its other folds and all other sets. */
export async function* folds(kitchen: Kitchen, corpus: EntityCorpus, tables: TensorFile): AsyncGenerator<Trial> {
  const own = corpus.sentences.filter(({ domain }) => domain === 0)
  const foldOf = new Map(own.map((sentence, i) => [sentence, Math.floor(i / blockSentences) % foldCount]))
  for (let fold = 0; fold < foldCount; fold++) {
    const sentences = corpus.sentences.filter(sentence => foldOf.get(sentence) !== fold)
    const tagger = openFile(await kitchen.train({ ...corpus, sentences }, tables), tables)
    yield { tagger, sentences: own.filter(sentence => foldOf.get(sentence) === fold) }
  }
}

/** Sentences with the model that is measured on them. @param model  learned from all of the corpus */
export async function* trials(
  kitchen: Kitchen,
  corpus: EntityCorpus,
  tables: TensorFile,
  model: TaggerFile,
): AsyncGenerator<Trial> {
  const { dev } = kitchen.recipe
  if (dev.length === 0) yield* folds(kitchen, corpus, tables)
  else yield { tagger: openFile(model, tables), sentences: await kitchen.readAsGiven(dev) }
}

/** What a model file tells of its quality: F1 on sentences that it was not learned from, and the curve of its scores. */
export async function measure(kitchen: Kitchen, corpus: EntityCorpus, tables: TensorFile, model: TaggerFile) {
  const margins: number[] = []
  const areRight: boolean[] = []
  let gold = 0
  for await (const { tagger, sentences } of trials(kitchen, corpus, tables, model)) {
    const { found } = judge(tagger, sentences, kitchen.cutting)
    for (const margin of found.margins) margins.push(margin)
    for (const isRight of found.areRight) areRight.push(isRight)
    gold += sentences.reduce((sum, { entities }) => sum + entities.length, 0)
  }
  const hits = areRight.filter(isRight => isRight).length
  const { precision, recall, f1 } = precisionRecall({ hits, predicted: margins.length, gold })
  const percent = (share: number) => (100 * share).toFixed(2)
  const { slope, offset } = fitCurve({ margins, areRight })!
  const { dev, train } = kitchen.recipe
  return {
    measured_on: dev.length > 0 ? dev.join(', ') : `${train[0]}, ${foldCount} folds`,
    dev_precision: percent(precision),
    dev_recall: percent(recall),
    dev_f1: percent(f1),
    score_slope: String(slope),
    score_offset: String(offset),
  }
}
