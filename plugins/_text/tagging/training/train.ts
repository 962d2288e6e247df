import type { TensorFile } from 'modelhost'
import type { Corpus } from './corpus.js'
import { extractFeatures } from './features.js'
import type { TaggerSettings } from './settings.js'
import type { WordLists } from './tables-file.js'
import { TaggerSources, type TrainedTagger } from './tagger-source.js'
import { TaggerTraining } from './tagger-training.js'
import type { TaggerTools } from './tools.js'

/**
 * Learns a tagger.
 *
 * @param lists  what is known of words (`readWordLists`), to be part of the tagger's file; or a file of word tables
 *   (`tablesFile`) that stays apart: the tagger then has only its hash
 * @param settings  with `patience`, the first run says how many passes are made: those of its best one
 * @returns its file, but for what only the caller knows: the plugin, a version, the licence of the data. Where the time was
 *   too short, its metadata say what was made and what was wanted
 * @throws what `refuse` makes
 */
export async function trainTagger(
  corpus: Corpus,
  lists: WordLists | TensorFile,
  settings: TaggerSettings,
  tools: TaggerTools,
): Promise<TrainedTagger> {
  const sources = new TaggerSources(corpus, lists, settings, tools)
  const features = extractFeatures(corpus, sources.tables, sources.featureSettings, tools.refuse)
  return new TaggerTraining(sources, features, settings, tools).result()
}
