import { join } from 'node:path'
import { stemmerOf } from '../../plugins/_text/stem.js'
import { type Check, Tally } from './check.js'
import { readJson, readText } from './files.js'

/** Stems beside those of the stemmers that pke calls. */
export function checkStems(gold: string): Check[] {
  return [
    checkTable('stems, German', 'de', join(gold, 'stem', 'german.tsv.gz')),
    checkGermanStopWords(join(gold, 'stem', 'german_stopwords.json')),
    checkTable('stems, English', 'en', join(gold, 'stem', 'english_porter.tsv.gz')),
    checkTable("stems, Porter's vocabulary", 'en', join(gold, '..', 'data', 'stemmer', 'porter_vocabulary.tsv.gz')),
  ]
}

/** @param path  lines of word TAB stem */
function checkTable(name: string, language: 'de' | 'en', path: string): Check {
  const tally = new Tally(name)
  const stem = stemmerOf(language)
  // White space may be a word.
  for (const line of readText(path).replace(/\n$/, '').split('\n')) {
    const [word, expected] = line.split('\t') as [string, string]
    tally.same(stem(word.toLowerCase().normalize('NFC')), expected, word)
  }
  return tally.check
}

interface StopWordGold {
  /** Word, its stem, and what pke 1.8 makes of it. */
  readonly differ: [string, string, string][]
  readonly capitalised: [string, string][]
}

function checkGermanStopWords(path: string): Check {
  const tally = new Tally('stems, German stop words')
  const gold = readJson<StopWordGold>(path)
  const [plain, keeping] = [stemmerOf('de'), stemmerOf('de', { keepStopWords: true })]
  for (const [word, stem, kept] of gold.differ) tally.same([plain(word), keeping(word)], [stem, kept], word)
  for (const [word, kept] of gold.capitalised) tally.same(keeping(word.toLowerCase()), kept, word)
  return tally.check
}
