/**
 * Describes the words of a sentence and their places, for kernels that tag in other memories. AssemblyScript;
 * `describing.ts` beside it is the typed door. What describes is what `tagging.as.ts` has too.
 */
import { bucketOf } from './parts/hashes.as'
import { rowOf } from './parts/rows.as'
import { describePlaces } from './parts/sentences.as'
import { exact, hashForm, wordAttributes } from './parts/word.as'
import { describeWord } from './parts/words.as'

export { setCharacters } from './parts/characters.as'
export { setGazetteers, setNamePlaces } from './parts/gazetteers.as'
export { setAuxiliaries, setCapitals, setClusters, setLexicon, setTokenClusters } from './parts/lists.as'
export { setRows } from './parts/rows.as'
export { setPlaces } from './parts/sentences.as'
export { findValue } from './parts/value-tables.as'
export { hashBackward, setWordScratch } from './parts/word.as'

const wordBytes: usize = 128
const entryBytes: usize = wordAttributes << 3

let units: usize = 0
let lengths: usize = 0
/** The attributes of words, each where the hash of its form has it. */
let cache: usize = 0
let entries: u32 = 0

/** Words as u8 lengths and blocks of 64 units. */
export function setSentence(unitsAt: usize, lengthsAt: usize): void {
  units = unitsAt
  lengths = lengthsAt
}

/** An empty cache. */
export function setCache(at: usize, count: u32): void {
  cache = at
  entries = count
  for (let i: u32 = 0; i < count; i++) {
    const hash = cache + (i as usize) * entryBytes + (exact << 3)
    // Memory that is only read stays the system's.
    if (load<u64>(hash) !== 0) store<u64>(hash, 0)
  }
}

/** Writes the rows of a sentence: all attributes of each word, and of its place. */
export function describe(count: i32): void {
  for (let i: i32 = 0; i < count; i++) {
    const word = units + (i as usize) * wordBytes
    const length = load<u8>(lengths + (i as usize)) as i32
    const hash = hashForm(word, length) | 1
    const entry = cache + (bucketOf(hash, entries) as usize) * entryBytes
    if (load<u64>(entry + (exact << 3)) !== hash) {
      describeWord(word, length, entry)
      store<u64>(entry + (exact << 3), hash)
    }
    memory.copy(rowOf(i), entry, entryBytes)
  }
  describePlaces(count)
}
