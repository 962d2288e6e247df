/**
 * The features of a sentence, to learn from. AssemblyScript; `features.ts` beside it is the typed door. What describes
 * words and places is what `tagging.as.ts` has too.
 */
import { hashName } from './parts/gazetteers.as'
import { rowOf } from './parts/rows.as'
import { describePlaces } from './parts/sentences.as'
import { kindOf } from './parts/signs.as'
import { writeFeatures } from './parts/templates.as'
import { describeWord } from './parts/words.as'

export { setCharacters } from './parts/characters.as'
export { setGazetteers, setNamePlaces } from './parts/gazetteers.as'
export { setAuxiliaries, setCapitals, setClusters, setLexicon, setTokenClusters } from './parts/lists.as'
export { setRows } from './parts/rows.as'
export { setPlaces } from './parts/sentences.as'
export { setTemplates } from './parts/templates.as'
export { findValue } from './parts/value-tables.as'
export { hashBackward, setWordScratch } from './parts/word.as'

const wordBytes: usize = 128

let units: usize = 0
let lengths: usize = 0
let attributes: usize = 0
let features: usize = 0
/** u32 each: where the attributes are that a row has. */
let kept: usize = 0
let keptEnd: usize = 0

/** Words as u8 lengths and blocks of 64 units; the features. */
export function setSentence(unitsAt: usize, lengthsAt: usize, featuresAt: usize): void {
  units = unitsAt
  lengths = lengthsAt
  features = featuresAt
}

export function setKept(at: usize, count: u32, attributesAt: usize): void {
  kept = at
  keptEnd = at + ((count as usize) << 2)
  attributes = attributesAt
}

/** Writes the features of each word in turn. */
export function describe(count: i32): void {
  for (let i: i32 = 0; i < count; i++) {
    describeWord(units + (i as usize) * wordBytes, load<u8>(lengths + (i as usize)), attributes)
    let to = rowOf(i)
    for (let at = kept; at < keptEnd; at += 4, to += 8) store<u64>(to, load<u64>(attributes + load<u32>(at)))
  }
  describePlaces(count)
  let to = features
  for (let i: i32 = 0; i < count; i++) to = writeFeatures(i, to)
}

/** The hash of a word in lists of names; 0 for what is in none. */
export function hashNameWord(word: usize, count: i32): u64 {
  return hashName(word, count, kindOf(word, count))
}
