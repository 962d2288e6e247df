import { readFile } from 'node:fs/promises'
import { type Asset, describeError, encodeTensorFile, TensorFile, type TrainContext } from 'modelhost'
import { countCapitals } from '../_text/entities/count-capitals.js'
import { shippedNames } from '../_text/entities/shipped.js'
import { readWordTables, type WordTables } from '../_text/tagging/tables.js'
import { tablesOf } from '../_text/tagging/tagger-file.js'
import { readNameLists } from '../_text/tagging/training/name-lists.js'
import type { WordLists } from '../_text/tagging/training/tables-file.js'
import type { Refuse } from '../_text/text-files.js'
import type { Params } from './params.js'

/** What is known of words in a training: in the model's own file, or in one of the host's. */
export interface TrainingTables {
  readonly lists: WordLists | TensorFile
  readonly known: WordTables
  /** Of one of the host's, as a lane has it. */
  readonly asset?: Asset
}

/** Channels that say what is known of words. */
const listChannels = ['lexicon', 'clusters', 'gazetteer', 'capitals', 'text'] as const

/**
 * The word tables of a training: made of channels, or those that come with the host.
 *
 * @throws what `refuse` makes, naming file and line where a list cannot be read
 */
export async function readTrainingTables(
  channels: TrainContext<Params>['channels'],
  params: Params,
  refuse: Refuse,
): Promise<TrainingTables> {
  const url = shippedNames(params.tables, 'tables')
  const given = listChannels.filter(name => channels[name] !== undefined)
  if (url) {
    if (given.length === 0) return readShipped(url, params.tables, refuse)
    throw refuse(`the channel ${given[0]} makes word tables, and tables=${params.tables} takes others. Leave out one.`)
  }
  const { lexicon, clusters, gazetteer, capitals, text } = channels
  if (capitals !== undefined && text !== undefined) {
    throw refuse('the channels capitals and text both say which words have capitals. Leave out one.')
  }
  const counts = text === undefined ? capitals : await countCapitals(text, params, refuse)
  const lists = await readNameLists(params.language, { lexicon, clusters, gazetteer, capitals: counts }, refuse)
  const file = new TensorFile(encodeTensorFile({ tensors: lists }), 'word lists')
  return { lists, known: readWordTables(file) }
}

async function readShipped(url: URL, name: string, refuse: Refuse): Promise<TrainingTables> {
  const bytes = await readFile(url).catch(error => {
    throw refuse(`the word tables ${name} cannot be read (${describeError(error)}).`, error)
  })
  const lists = new TensorFile(bytes, 'NER-tables')
  return { lists, known: readWordTables(lists), asset: tablesOf(bytes, 'NER-tables') }
}
