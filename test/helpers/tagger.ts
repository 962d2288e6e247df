import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeTensorFile } from 'modelhost'
import { auxiliaries } from '../../plugins/_text/tagging/training/auxiliaries.js'
import { type Corpus, readCorpus } from '../../plugins/_text/tagging/training/corpus.js'
import type { TaggerSettings } from '../../plugins/_text/tagging/training/settings.js'
import type { WordLists } from '../../plugins/_text/tagging/training/tables-file.js'
import type { TaggerFile } from '../../plugins/_text/tagging/training/tagger-source.js'
import { trainTagger } from '../../plugins/_text/tagging/training/train.js'
import { readWordLists } from '../../plugins/_text/tagging/training/word-lists.js'
import type { TwinLists } from '../twins/tagging.js'
import { silentLog } from './silent-log.js'

/** Sentences of ours, `word/TAG`. */
const sentences = {
  de: [
    'Die/DET neue/ADJ Studie/NOUN ist/AUX falsch/ADJ ./PUNCT',
    'Masken/NOUN schützen/VERB vor/ADP Viren/NOUN ,/PUNCT sagt/VERB Anna/PROPN Berg/PROPN ./PUNCT',
    'Der/DET Impfstoff/NOUN wurde/AUX im/ADP Labor/NOUN geprüft/VERB ./PUNCT',
    'Er/PRON hat/AUX das/DET Haus/NOUN am/ADP 3./ADJ Mai/NOUN verkauft/VERB ,/PUNCT weil/SCONJ er/PRON will/AUX ./PUNCT',
    '"/PUNCT Das/PRON stimmt/VERB nicht/PART !/PUNCT "/PUNCT rief/VERB die/DET alte/ADJ Frau/NOUN ./PUNCT',
    'Siehe/VERB www.beispiel.de/X ,/PUNCT @anna/PROPN ,/PUNCT #Haus/NOUN 12,5/NUM Meter/NOUN ./PUNCT',
  ],
  en: [
    'The/DET new/ADJ study/NOUN is/AUX wrong/ADJ ./PUNCT',
    'Masks/NOUN protect/VERB you/PRON from/ADP viruses/NOUN ,/PUNCT says/VERB Anna/PROPN Hill/PROPN ./PUNCT',
    'It/PRON was/AUX tested/VERB in/ADP 12/NUM labs/NOUN ,/PUNCT see/VERB http://example.org/x ./PUNCT',
    "I/PRON do/AUX n't/PART like/VERB the/DET old/ADJ house/NOUN ,/PUNCT @anna/PROPN !/PUNCT",
  ],
}

/** A treebank of ours as CoNLL-U. */
export function treebankText(language: 'de' | 'en'): string {
  const blocks = sentences[language].map(sentence => {
    const rows = sentence.split(' ').map((word, i) => {
      const slash = word.lastIndexOf('/')
      const [form, tag] =
        slash > 0 && /^[A-Z]+$/.test(word.slice(slash + 1))
          ? [word.slice(0, slash), word.slice(slash + 1)]
          : [word, 'X']
      return [String(i + 1), form!, '_', tag!, '_', '_', '_', '_', '_', '_'].join('\t')
    })
    return `${rows.join('\n')}\n\n`
  })
  return blocks.join('')
}

export const lexiconRows: readonly (readonly [form: string, letters: string])[] = [
  ['Haus', 'N'],
  ['haus', 'V'],
  ['Stoff', 'N'],
  ['geprüft', 'Ap'],
  ['verkauft', 'Ap'],
  ['schützen', 'v'],
  ['laufen', 'pv'],
  // An auxiliary, and an infinitive itself.
  ['haben', 'v'],
  ['neue', 'A'],
  ['alte', 'A'],
  ['Über', 'I'],
  ['über', 'I'],
]
const clusterRows: readonly (readonly [path: string, word: string])[] = [
  ['0010', 'the'],
  ['001101', 'study'],
  ['1101010101010101011001', 'house'],
  ['1', 'haus'],
  ['0111', '<@mention>'],
  ['01101', '<url-t.co>'],
]

/** The same lists for the twin. */
export function twinLists(language: 'de' | 'en'): TwinLists {
  const classes = [...new Set(lexiconRows.map(([, letters]) => letters))]
  const entry = (letters: string) => ({ letters, number: classes.indexOf(letters) + 1 })
  return {
    lexicon: new Map(lexiconRows.map(([form, letters]) => [form, entry(letters)])),
    clusters: new Map(clusterRows.map(([path, word]) => [word, path])),
    auxiliaries: new Set(auxiliaries(language)),
  }
}

const refuse = (problem: string) => new Error(problem)

/** @param folder  an empty one, for the files */
export async function tinyLists(folder: string, language: 'de' | 'en'): Promise<WordLists> {
  const files = { lexicon: join(folder, 'lexicon.tsv'), clusters: join(folder, 'clusters.tsv') }
  await writeFile(files.lexicon, lexiconRows.map(row => `${row.join('\t')}\n`).join(''))
  await writeFile(files.clusters, clusterRows.map(row => `${[...row, '5'].join('\t')}\n`).join(''))
  return readWordLists(language, files, refuse)
}

export const tinySettings: TaggerSettings = {
  language: 'de',
  join_hyphens: false,
  templates: [],
  epochs: 3,
  runs: 2,
  seed: 1,
  min_count: 1,
  threshold: 0.1,
}

export async function tinyCorpus(folder: string, language: 'de' | 'en'): Promise<Corpus> {
  const path = join(folder, 'tiny.conllu')
  await writeFile(path, treebankText(language))
  return readCorpus([path], { language, join_hyphens: false }, refuse)
}

/** A tagger of our sentences. */
export async function tinyTagger(
  folder: string,
  language: 'de' | 'en',
  changes: Partial<TaggerSettings> = {},
  threads = 1,
): Promise<TaggerFile> {
  const corpus = await tinyCorpus(folder, language)
  const tools = { log: silentLog, progress: () => {}, threads, refuse }
  const lists = await tinyLists(folder, language)
  return (await trainTagger(corpus, lists, { ...tinySettings, language, ...changes }, tools)).source
}

export const tinyTaggerBytes = async (folder: string, language: 'de' | 'en') =>
  encodeTensorFile(await tinyTagger(folder, language))
