import { encodeTensorFile, type TensorSource } from 'modelhost'
import { trainTagger } from '../../plugins/_text/tagging/training/train.js'
import { readWordLists } from '../../plugins/_text/tagging/training/word-lists.js'
import { silentLog } from './silent-log.js'

const refuse = (problem: string) => new Error(problem)

/** Sentences of ours, as word/TAG, that the tagger is right about. */
export const germanSentences = [
  'Die/DET neue/ADJ Impfung/NOUN schützt/VERB Kinder/NOUN ./PUNCT',
  'Die/DET Impfung/NOUN schützt/VERB vor/ADP Corona/PROPN ./PUNCT',
  'Masken/NOUN schützen/VERB vor/ADP neuen/ADJ Viren/NOUN ./PUNCT',
  'Eine/DET neue/ADJ Studie/NOUN über/ADP Masken/NOUN ist/AUX falsch/ADJ ./PUNCT',
  'Das/DET Klima/NOUN wandelt/VERB sich/PRON und/CCONJ die/DET Meere/NOUN steigen/VERB ./PUNCT',
  'Steigende/ADJ Meere/NOUN bedrohen/VERB die/DET Küste/NOUN ./PUNCT',
  'In/ADP Berlin/PROPN sagt/VERB eine/DET Studie/NOUN ,/PUNCT das/DET Klima/NOUN ist/AUX warm/ADJ ./PUNCT',
  'Kinder/NOUN und/CCONJ Lehrer/NOUN tragen/VERB Masken/NOUN ./PUNCT',
] as const

const readSentence = (sentence: string) => {
  const pairs = sentence.split(' ').map(pair => pair.split('/') as [string, string])
  return { words: pairs.map(([word]) => word), tags: pairs.map(([, tag]) => tag), domain: 0 }
}

/** A tagger that knows little more than a few sentences, learned in a moment. */
export async function tinyTagger(
  language = 'de',
  { sentences = germanSentences as readonly string[], version = '1.0.0', seed = 1 } = {},
): Promise<TensorSource> {
  const read = sentences.map(readSentence)
  const corpus = { tags: [...new Set(read.flatMap(({ tags }) => tags))].sort(), domains: ['tiny'], sentences: read }
  const settings = {
    language,
    join_hyphens: false,
    templates: [],
    epochs: 6,
    runs: 1,
    seed,
    min_count: 1,
    threshold: 0,
  }
  const tools = { log: silentLog, progress: () => {}, threads: 1, refuse }
  const { source } = await trainTagger(corpus, await readWordLists(language, {}, refuse), settings, tools)
  const { tensors, metadata } = source
  return { tensors, metadata: { ...metadata, version } }
}

/** The same as the bytes of its file. */
export const tinyTaggerFile = async (...given: Parameters<typeof tinyTagger>): Promise<Uint8Array> =>
  encodeTensorFile(await tinyTagger(...given))
