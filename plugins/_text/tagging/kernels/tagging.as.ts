/**
 * Tags a sentence. AssemblyScript; `tagging.ts` beside it is the typed door, `test/twins/tagging.ts` says the same in
 * TypeScript.
 *
 *   word ──▶ cache: its attributes, and what its own features weigh at each offset ─▶ scores ─▶ Viterbi
 *            rows of attributes ──▶ features of several words, or of a place       ─────────────────▶
 */
import { findMargins } from './parts/margins.as'
import { rowOf } from './parts/rows.as'
import {
  addEntry,
  beginSums,
  fillEntry,
  findTags,
  kept,
  keptAt,
  keptEnd,
  placeOf,
  scores,
  sumBytes,
  tags,
} from './parts/scores.as'
import { describePlaces } from './parts/sentences.as'
import { hashForm } from './parts/word.as'
import { describeWord } from './parts/words.as'

export { setCharacters } from './parts/characters.as'
export { setGazetteers, setNamePlaces } from './parts/gazetteers.as'
export { setAuxiliaries, setCapitals, setClusters, setLexicon, setTokenClusters } from './parts/lists.as'
export { setLookups } from './parts/lookups.as'
export { setMarginRows } from './parts/margins.as'
export { setRows } from './parts/rows.as'
export { clearCache, setCache, setKept, setScores, setSingles, setTags } from './parts/scores.as'
export { setPlaces } from './parts/sentences.as'
export { setTemplates } from './parts/templates.as'
export { findValue } from './parts/value-tables.as'
export { setViterbi } from './parts/viterbi.as'
export { findBadBucket, setWeights } from './parts/weights.as'
export { hashBackward, setWordScratch } from './parts/word.as'

const wordBytes: usize = 128

let units: usize = 0
let lengths: usize = 0
let attributes: usize = 0

/** Words as u8 lengths and blocks of 64 units; the attributes of one. */
export function setSentence(unitsAt: usize, lengthsAt: usize, attributesAt: usize): void {
  units = unitsAt
  lengths = lengthsAt
  attributes = attributesAt
}

function findEntry(word: usize, count: i32): usize {
  const hash = hashForm(word, count) | 1
  const entry = placeOf(hash)
  if (load<u64>(entry) === hash) return entry
  describeWord(word, count, attributes)
  fillEntry(entry, attributes)
  store<u64>(entry, hash)
  return entry
}

/** Tags a sentence of at least one word. */
export function tag(count: i32): void {
  beginSums(count)
  const keptBytes = (keptEnd - kept) << 1
  for (let i: i32 = 0; i < count; i++) {
    const entry = findEntry(units + (i as usize) * wordBytes, load<u8>(lengths + (i as usize)))
    addEntry(entry, i)
    memory.copy(rowOf(i), entry + keptAt, keptBytes)
  }
  describePlaces(count)
  findTags(count)
}

/** The margins of the sentence that was tagged last: i32 by word, for those whose tags are `wanted`, u8 by tag. */
export function margins(count: i32, wanted: usize, out: usize): void {
  findMargins(scores, sumBytes << 1, count, tags, wanted, out)
}
