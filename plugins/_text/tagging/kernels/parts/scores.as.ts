import { bucketOf } from './hashes.as'
import { addNoted, note } from './lookups.as'
import { hashAt, noteFeatures } from './templates.as'
import { findBestTags } from './viterbi.as'

/**
 * What each tag of each word scores. What the features of a word alone weigh, for itself and its neighbours, is kept in a
 * cache; all other features are looked up in each sentence.
 */

/** Words whose attributes a word sees: itself, and two on each side. */
const offsets: i32 = 5
const reach: i32 = 2
const singleBytes: u32 = 32

/** i16 rows: of each word, with four more on each side; then i32 rows. */
let sums: usize = 0
export let sumBytes: usize = 0
export let scores: usize = 0
/** u8 by word: the one tag that it may have, or 255; the tags. */
let fixed: usize = 0
export let tags: usize = 0
const anyTag: u32 = 255
/** Beyond what all the features of a word and its transitions can weigh. */
const fixedScore: i32 = 0x10_0000
/** Templates of features that one word has alone, over its attributes; behind each a u32 of its row in a cache entry. */
let singles: usize = 0
let singlesEnd: usize = 0
/** u32 each: where the attributes are that are kept in an entry. */
export let kept: usize = 0
export let keptEnd: usize = 0
/** An entry: the hash of the form, a row of i16 for each offset, the kept attributes. The last one is for outside. */
let cache: usize = 0
let entryBytes: usize = 0
let entries: u32 = 0
export let keptAt: usize = 0

export function setTags(fixedAt: usize, tagsAt: usize): void {
  fixed = fixedAt
  tags = tagsAt
}

export function setScores(sumsAt: usize, bytesOfSums: usize, scoresAt: usize): void {
  sums = sumsAt
  sumBytes = bytesOfSums
  scores = scoresAt
}

export function setSingles(at: usize, count: u32): void {
  singles = at
  singlesEnd = at + ((count * singleBytes) as usize)
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

/** Empties the cache, and makes the entry for what is outside of a sentence from its attributes. */
export function clearCache(attributes: usize): void {
  for (let i: u32 = 0; i < entries; i++) {
    const entry = cache + (i as usize) * entryBytes
    // Memory that is only read stays the system's: a model that nobody asks takes no more than its file.
    if (load<u64>(entry) !== 0) store<u64>(entry, 0)
  }
  fillEntry(cache + (entries as usize) * entryBytes, attributes)
}

/** The scores of features that a word has alone, and the attributes that other features need. */
export function fillEntry(entry: usize, attributes: usize): void {
  memory.fill(entry, 0, keptAt)
  for (let single = singles; single < singlesEnd; single += singleBytes) {
    const hash = hashAt(single, attributes)
    if (hash !== 0) note(hash, entry + load<u32>(single, 24))
  }
  addNoted()
  let to = entry + keptAt
  for (let at = kept; at < keptEnd; at += 4, to += 8) store<u64>(to, load<u64>(attributes + load<u32>(at)))
}

/** The entry where a form of this hash is, if it has one. */
export function placeOf(hash: u64): usize {
  return cache + (bucketOf(hash, entries) as usize) * entryBytes
}

function sumsOf(i: i32): usize {
  return sums + ((i + 2 * reach) as usize) * sumBytes
}

/** What the word at `place` weighs for its neighbours and itself: first for the word two behind it. */
export function addEntry(entry: usize, place: i32): void {
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

/** Begins a sentence of `count` words. */
export function beginSums(count: i32): void {
  memory.fill(sums, 0, ((count + 4 * reach) as usize) * sumBytes)
  const outside = cache + (entries as usize) * entryBytes
  for (let i: i32 = 0; i < reach; i++) {
    addEntry(outside, -1 - i)
    addEntry(outside, count + i)
  }
}

/** Adds the features that need rows, and finds the best tags. */
export function findTags(count: i32): void {
  for (let i: i32 = 0; i < count; i++) {
    noteFeatures(i, sumsOf(i))
    addNoted()
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
