import { classOf, digit, letter, lower, lowerOf, other, upper, upperOf } from './characters.as'
import { emptyWord, mix } from './hashes.as'
import { findValue } from './value-tables.as'

/**
 * The attributes of a word: what its form alone says, a number of 64 bits each, 0 where the word has none. Their order
 * is that of `wordAttributes` in attributes.ts.
 */

const traits: usize = 0
const bias: usize = 1
const form: usize = 2
const lowered: usize = 3
const prefix1: usize = 4
const suffix1: usize = 8
const shape: usize = 13
const hasDigit: usize = 14
const hasHyphen: usize = 15
const initial: usize = 16
const kind: usize = 17
const length: usize = 18
const lexicon: usize = 19
const lexiconCases: usize = 20
const cluster4: usize = 21

export const wordAttributes: usize = 27
const prefixes: i32 = 4
const suffixes: i32 = 5

/** Bits of the attribute `traits`, which context attributes are made from. */
export const isCapitalised: u64 = 1
export const endsClause: u64 = 2
export const opensSentence: u64 = 4
export const isAuxiliary: u64 = 8
export const mayBeParticiple: u64 = 16
export const mayBeInfinitive: u64 = 32

/** Of a token that is no word. */
const plain: u32 = 0
const url: u32 = 1
const mention: u32 = 2
const hashtag: u32 = 4

/** A longer word is its first and last half of this. */
const maxUnits: i32 = 64
const minTail: i32 = 4
const hyphenMinus: u32 = 0x2d

let lexiconStarts: usize = 0
let lexiconEntries: usize = 0
let lexiconBuckets: u32 = 0
let lexiconBits: u32 = 0
/** u8 by class, 0 for class 0: bits of `mayBeParticiple` and `mayBeInfinitive`. */
let lexiconTraits: usize = 0
let clusterStarts: usize = 0
let clusterEntries: usize = 0
let clusterBuckets: u32 = 0
let clusterBits: u32 = 0
/** u32 by cluster: how many bits its path has, shifted by 24, and the path. */
let clusterPaths: usize = 0
/** Clusters of all mentions and of all URLs; 0 for none. */
let mentionCluster: u32 = 0
let urlCluster: u32 = 0
/** Words that are auxiliaries. */
let listStarts: usize = 0
let listEntries: usize = 0
let listBuckets: u32 = 0
let listBits: u32 = 0
/** u16 each, 64: the units in lower case, digits as 0. Then u64 each, 65: the hash of the last k units in lower case. */
let lows: usize = 0
let tails: usize = 0

export function setLexicon(starts: usize, entries: usize, buckets: u32, bits: u32, traitsAt: usize): void {
  lexiconStarts = starts
  lexiconEntries = entries
  lexiconBuckets = buckets
  lexiconBits = bits
  lexiconTraits = traitsAt
}

export function setClusters(starts: usize, entries: usize, buckets: u32, bits: u32, paths: usize): void {
  clusterStarts = starts
  clusterEntries = entries
  clusterBuckets = buckets
  clusterBits = bits
  clusterPaths = paths
}

export function setTokenClusters(ofMentions: u32, ofUrls: u32): void {
  mentionCluster = ofMentions
  urlCluster = ofUrls
}

export function setAuxiliaries(starts: usize, entries: usize, buckets: u32, bits: u32): void {
  listStarts = starts
  listEntries = entries
  listBuckets = buckets
  listBits = bits
}

/** 1,024 bytes of this lane's own. */
export function setWordScratch(at: usize): void {
  lows = at
  tails = at + 2 * (maxUnits as usize)
}

function unitAt(word: usize, i: i32): u32 {
  return load<u16>(word + ((i as usize) << 1))
}

/** The hash of a word as it is written, from its first unit to its last. */
export function hashForm(word: usize, count: i32): u64 {
  let hash = emptyWord
  for (let i: i32 = 0; i < count; i++) hash = mix(hash, unitAt(word, i))
  return hash
}

/** The hash of a word as tables have it: from its last unit to its first, so that tails come on the way. */
export function hashBackward(word: usize, count: i32): u64 {
  let hash = emptyWord
  for (let i = count - 1; i >= 0; i--) hash = mix(hash, unitAt(word, i))
  return hash
}

function set(attributes: usize, attribute: usize, value: u64): void {
  store<u64>(attributes + (attribute << 3), value)
}

/** u 0x75, r 0x72, l 0x6c, h t t p : / w . @ # */
function kindOf(word: usize, count: i32): u32 {
  const first = unitAt(word, 0)
  if (count > 1 && first === 0x40) return mention
  if (count > 1 && first === 0x23) return hashtag
  const lowFirst = lowerOf(first)
  if (lowFirst === 0x77 && count > 4) {
    const isWww = lowerOf(unitAt(word, 1)) === 0x77 && lowerOf(unitAt(word, 2)) === 0x77 && unitAt(word, 3) === 0x2e
    return isWww ? url : plain
  }
  if (lowFirst === 0x68 && count > 7) {
    if (lowerOf(unitAt(word, 1)) !== 0x74 || lowerOf(unitAt(word, 2)) !== 0x74) return plain
    if (lowerOf(unitAt(word, 3)) !== 0x70) return plain
    const colon = lowerOf(unitAt(word, 4)) === 0x73 ? 5 : 4
    const isHttp =
      count > colon + 3 &&
      unitAt(word, colon) === 0x3a &&
      unitAt(word, colon + 1) === 0x2f &&
      unitAt(word, colon + 2) === 0x2f
    return isHttp ? url : plain
  }
  // As corpora mask them: URL12.
  if (first === 0x55 && count > 3 && unitAt(word, 1) === 0x52 && unitAt(word, 2) === 0x4c) {
    return classOf(unitAt(word, 3)) === digit ? url : plain
  }
  return plain
}

/** Traits of one unit: , ; ( ) - / – end a clause, . : ! ? … do and open a sentence, " „ “ » « * only open one. */
function traitsOfSign(unit: u32): u64 {
  if (unit === 0x2c || unit === 0x3b || unit === 0x29 || unit === 0x2f) return endsClause
  if (unit === 0x28 || unit === 0x2d || unit === 0x2013 || unit === 0x2e) return endsClause | opensSentence
  if (unit === 0x3a || unit === 0x21 || unit === 0x3f) return endsClause | opensSentence
  if (unit === 0x2026) return endsClause
  if (unit === 0x22 || unit === 0x201e || unit === 0x201c || unit === 0xbb || unit === 0xab) return opensSentence
  return unit === 0x2a ? opensSentence : 0
}

function traitsOfSigns(word: usize, count: i32): u64 {
  if (count === 1) return traitsOfSign(unitAt(word, 0))
  const first = unitAt(word, 0)
  if (first !== unitAt(word, 1)) return 0
  if (count === 2) return first === 0x60 ? opensSentence : 0
  return count === 3 && first === 0x2e && unitAt(word, 2) === 0x2e ? endsClause : 0
}

/** Writes all attributes of a word of `count` units, 1 to 64. */
export function describeWord(word: usize, count: i32, attributes: usize): void {
  memory.fill(attributes, 0, wordAttributes << 3)
  const first = unitAt(word, 0)
  const isUpper = classOf(first) === upper
  const sort = kindOf(word, count)
  let marks: u64 = isUpper ? isCapitalised : 0
  set(attributes, bias, 1)
  set(attributes, initial, isUpper ? 2 : 1)
  set(attributes, kind, sort + 1)
  set(attributes, length, min(count, 12))
  describeSigns(word, count, attributes)
  store<u64>(tails, emptyWord)
  for (let k: i32 = 1; k <= count; k++) {
    const before = load<u64>(tails + (((k - 1) as usize) << 3))
    store<u64>(tails + ((k as usize) << 3), mix(before, lowerOf(unitAt(word, count - k))))
  }
  if (sort === url || sort === mention) {
    set(attributes, form, sort)
    set(attributes, lowered, sort)
    set(attributes, shape, sort)
  } else {
    describeLetters(word, count, attributes)
  }
  if (lexiconBuckets !== 0) marks |= describeByLexicon(word, count, isUpper, attributes)
  if (clusterBuckets !== 0) describeByCluster(count, sort, attributes)
  const hash = load<u64>(tails + ((count as usize) << 3))
  if (findValue(listStarts, listEntries, listBuckets, listBits, hash) !== 0) marks |= isAuxiliary
  marks |= traitsOfSigns(word, count)
  set(attributes, traits, marks)
}

function describeSigns(word: usize, count: i32, attributes: usize): void {
  for (let i: i32 = 0; i < count; i++) {
    const unit = unitAt(word, i)
    if (unit === hyphenMinus) set(attributes, hasHyphen, 1)
    if (classOf(unit) === digit) set(attributes, hasDigit, 1)
  }
}

/** Form, lower case, their beginnings and ends with all digits as 0; the shape with runs cut at two. */
function describeLetters(word: usize, count: i32, attributes: usize): void {
  let formHash = emptyWord
  let lowHash = emptyWord
  let shapeHash = emptyWord
  let last: u32 = 0
  let run: i32 = 0
  for (let i: i32 = 0; i < count; i++) {
    const unit = unitAt(word, i)
    const sort = classOf(unit)
    const isDigit = sort === digit
    const low = isDigit ? 0x30 : lowerOf(unit)
    store<u16>(lows + ((i as usize) << 1), low as u16)
    formHash = mix(formHash, isDigit ? 0x30 : unit)
    lowHash = mix(lowHash, low)
    if (i < prefixes) set(attributes, prefix1 + (i as usize), lowHash)
    const mark = sort === other ? unit + 16 : sort === letter ? lower : sort
    run = mark === last ? run + 1 : 1
    last = mark
    if (run <= 2) shapeHash = mix(shapeHash, mark)
  }
  set(attributes, form, formHash)
  set(attributes, lowered, lowHash)
  set(attributes, shape, shapeHash)
  let hash = emptyWord
  for (let k: i32 = 0; k < suffixes && k < count; k++) {
    hash = mix(hash, load<u16>(lows + (((count - 1 - k) as usize) << 1)))
    set(attributes, suffix1 + (k as usize), hash)
  }
}

function findClass(hash: u64): u32 {
  return findValue(lexiconStarts, lexiconEntries, lexiconBuckets, lexiconBits, hash)
}

/** The hash of the last k units, the first of them in the case wanted. */
function hashOfTail(word: usize, count: i32, k: i32, inUpper: bool): u64 {
  const unit = unitAt(word, count - k)
  const before = load<u64>(tails + (((k - 1) as usize) << 3))
  return mix(before, inUpper ? upperOf(lowerOf(unit)) : lowerOf(unit))
}

/**
 * The classes that the lexicon has for a word: as it is written, in lower case, capitalised, or for its longest tail of
 * four letters and more, first in the word's own case. Returns the traits of the class found.
 */
function describeByLexicon(word: usize, count: i32, isUpper: bool, attributes: usize): u64 {
  const inLower = findClass(hashOfTail(word, count, count, false))
  const inUpper = findClass(hashOfTail(word, count, count, true))
  set(attributes, lexiconCases, ((1 as u64) << 32) | ((inLower as u64) << 16) | inUpper)
  const asWritten = findClass(hashBackward(word, count))
  const found = asWritten !== 0 ? asWritten : inLower !== 0 ? inLower : inUpper
  const how: u64 = asWritten !== 0 ? 1 : inLower !== 0 ? 2 : 3
  if (found !== 0) {
    set(attributes, lexicon, (how << 16) | found)
    return load<u8>(lexiconTraits + (found as usize))
  }
  let tail: u32 = 0
  for (let k = count - 1; k >= minTail && tail === 0; k--) {
    if (classOf(unitAt(word, count - k)) === other || classOf(unitAt(word, count - k)) === digit) continue
    tail = findClass(hashOfTail(word, count, k, isUpper))
    if (tail === 0) tail = findClass(hashOfTail(word, count, k, !isUpper))
  }
  set(attributes, lexicon, tail !== 0 ? (4 << 16) | tail : 5 << 16)
  return load<u8>(lexiconTraits + (tail as usize))
}

/** Paths in the tree of clusters, cut at 4, 6, 8, 10, 12 and 20 steps. A hashtag is looked up without its #, then with. */
function describeByCluster(count: i32, sort: u32, attributes: usize): void {
  let cluster = sort === mention ? mentionCluster : sort === url ? urlCluster : 0
  if (sort === hashtag) cluster = findCluster(count - 1)
  if (sort === plain || (sort === hashtag && cluster === 0)) cluster = findCluster(count)
  if (cluster === 0) return
  const entry = load<u32>(clusterPaths + ((cluster as usize) << 2))
  const steps = entry >> 24
  const path = entry & 0xff_ffff
  for (let i: u32 = 0; i < 6; i++) {
    const cut: u32 = min(i === 5 ? 20 : 4 + 2 * i, steps)
    set(attributes, cluster4 + (i as usize), (((cut << 24) as u64) | (path >> (steps - cut))) + 1)
  }
}

function findCluster(k: i32): u32 {
  return findValue(clusterStarts, clusterEntries, clusterBuckets, clusterBits, load<u64>(tails + ((k as usize) << 3)))
}
