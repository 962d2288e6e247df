/**
 * Tags a sentence. AssemblyScript; `tagging.ts` beside it is the typed door, `test/twins/tagging.ts` says the same in
 * TypeScript.
 *
 *   word ──▶ cache: its attributes, and what its own features weigh at each offset ─▶ scores ─▶ Viterbi
 *            rows of attributes ──▶ features of several words, or of a place       ─────────────────▶
 */
import { bucketOf } from './parts/hashes.as'
import { findMargins } from './parts/margins.as'
import { describePlaces, hashAt, rowOf, writeFeatures } from './parts/sentences.as'
import { findBestTags } from './parts/viterbi.as'
import { addWeights } from './parts/weights.as'
import { hashForm } from './parts/word.as'
import { describeWord } from './parts/words.as'

export { setCharacters } from './parts/characters.as'
export { setAuxiliaries, setClusters, setLexicon, setTokenClusters } from './parts/lists.as'
export { setMarginRows } from './parts/margins.as'
export { setRows, setTemplates } from './parts/sentences.as'
export { findValue } from './parts/value-tables.as'
export { setViterbi } from './parts/viterbi.as'
export { findBadBucket, setWeights } from './parts/weights.as'
export { hashBackward, setWordScratch } from './parts/word.as'

/** Words whose attributes a word sees: itself, and two on each side. */
const offsets: i32 = 5
const reach: i32 = 2
const wordBytes: usize = 128
const singleBytes: u32 = 32

let units: usize = 0
let lengths: usize = 0
let tags: usize = 0
/** u8 by word: the one tag that it may have, or 255. */
let fixed: usize = 0
const anyTag: u32 = 255
/** Beyond what all the features of a word and its transitions can weigh. */
const fixedScore: i32 = 0x10_0000
let attributes: usize = 0
let features: usize = 0
/** i16 rows: of each word, with two more on each side; then i32 rows. */
let sums: usize = 0
let scores: usize = 0
let sumBytes: usize = 0
/** Templates of features that one word has alone, over `attributes`; behind each a u32 of its row in a cache entry. */
let singles: usize = 0
let singlesEnd: usize = 0
/** u32 each: where the attributes are that a row has. */
let kept: usize = 0
let keptEnd: usize = 0
/** An entry: the hash of the form, a row of i16 for each offset, the kept attributes. The last two are for outside. */
let cache: usize = 0
let entryBytes: usize = 0
let entries: u32 = 0
let keptAt: usize = 0

/** Words as u8 lengths and blocks of 64 units; which tags are fixed; the tags. */
export function setSentence(unitsAt: usize, lengthsAt: usize, fixedAt: usize, tagsAt: usize): void {
  units = unitsAt
  lengths = lengthsAt
  fixed = fixedAt
  tags = tagsAt
}

export function setScores(sumsAt: usize, bytesOfSums: usize, scoresAt: usize, featuresAt: usize): void {
  sums = sumsAt
  sumBytes = bytesOfSums
  scores = scoresAt
  features = featuresAt
}

export function setSingles(at: usize, count: u32, attributesAt: usize): void {
  singles = at
  singlesEnd = at + ((count * singleBytes) as usize)
  attributes = attributesAt
}

export function setKept(at: usize, count: u32): void {
  kept = at
  keptEnd = at + ((count as usize) << 2)
}

/** `keptOffset` is where an entry's attributes begin. */
export function setCache(at: usize, bytesOfEntry: usize, count: u32, keptOffset: usize): void {
  cache = at
  entryBytes = bytesOfEntry
  entries = count - 1
  keptAt = keptOffset
}

/** Empties the cache, and makes the entry for what is outside of a sentence from the attributes that are there. */
export function clearCache(): void {
  for (let i: u32 = 0; i < entries; i++) store<u64>(cache + (i as usize) * entryBytes, 0)
  fillEntry(cache + (entries as usize) * entryBytes)
}

/** The scores of features that a word has alone, and the attributes that other features need. */
function fillEntry(entry: usize): void {
  memory.fill(entry, 0, keptAt)
  for (let single = singles; single < singlesEnd; single += singleBytes) {
    const hash = hashAt(single, attributes)
    if (hash !== 0) addWeights(hash, entry + load<u32>(single, 24))
  }
  let to = entry + keptAt
  for (let at = kept; at < keptEnd; at += 4, to += 8) store<u64>(to, load<u64>(attributes + load<u32>(at)))
}

function findEntry(word: usize, count: i32): usize {
  const hash = hashForm(word, count) | 1
  const entry = cache + (bucketOf(hash, entries) as usize) * entryBytes
  if (load<u64>(entry) === hash) return entry
  describeWord(word, count, attributes)
  fillEntry(entry)
  store<u64>(entry, hash)
  return entry
}

function sumsOf(i: i32): usize {
  return sums + ((i + 2 * reach) as usize) * sumBytes
}

/** What the word at `place` weighs for its neighbours and itself: first for the word two behind it. */
function addEntry(entry: usize, place: i32): void {
  let from = entry + 16
  let to = sumsOf(place + reach)
  for (let offset: i32 = 0; offset < offsets; offset++) {
    for (let k: usize = 0; k < sumBytes; k += 16) {
      v128.store(to + k, i16x8.add(v128.load(to + k), v128.load(from + k)))
    }
    from += sumBytes
    to -= sumBytes
  }
}

/** Tags a sentence of at least one word. */
export function tag(count: i32): void {
  memory.fill(sums, 0, ((count + 4 * reach) as usize) * sumBytes)
  const outside = cache + (entries as usize) * entryBytes
  for (let i: i32 = 0; i < reach; i++) {
    addEntry(outside, -1 - i)
    addEntry(outside, count + i)
  }
  const keptBytes = (keptEnd - kept) << 1
  for (let i: i32 = 0; i < count; i++) {
    const entry = findEntry(units + (i as usize) * wordBytes, load<u8>(lengths + (i as usize)))
    addEntry(entry, i)
    memory.copy(rowOf(i), entry + keptAt, keptBytes)
  }
  describePlaces(count)
  for (let i: i32 = 0; i < count; i++) {
    const end = writeFeatures(i, features)
    const row = sumsOf(i)
    for (let at = features; at < end; at += 8) {
      const hash = load<u64>(at)
      if (hash !== 0) addWeights(hash, row)
    }
  }
  const scoreBytes = widen(count)
  for (let i: i32 = 0; i < count; i++) {
    const only = load<u8>(fixed + (i as usize)) as u32
    if (only !== anyTag) addFixed(scores + (i as usize) * scoreBytes + ((only as usize) << 2))
  }
  findBestTags(scores, scoreBytes, count, tags)
}

function addFixed(score: usize): void {
  store<i32>(score, load<i32>(score) + fixedScore)
}

/** i16 to i32. */
function widen(count: i32): usize {
  const bytes = sumBytes << 1
  let to = scores
  for (let from = sumsOf(0), end = sumsOf(count); from < end; from += 8, to += 16) {
    v128.store(to, v128.load_ext<i16>(from))
  }
  return bytes
}

/** The margins of the sentence that was tagged last: i32 by word, for those whose tags are `wanted`, u8 by tag. */
export function margins(count: i32, wanted: usize, out: usize): void {
  findMargins(scores, sumBytes << 1, count, tags, wanted, out)
}
