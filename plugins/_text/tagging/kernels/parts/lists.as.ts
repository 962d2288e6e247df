import { classOf, digit, other } from './characters.as'
import { findValue } from './value-tables.as'
import {
  capitalShare,
  cluster4,
  cluster14,
  hashBackward,
  hashOfTail,
  hashtag,
  lexicon,
  lexiconCases,
  mention,
  plain,
  set,
  tailAt,
  unitAt,
  url,
} from './word.as'

/** What tables say of a word: its classes in the lexicon, its cluster, whether it is an auxiliary. */

const minTail: i32 = 4

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
/** How often a word has a capital, in lower case: 1 never to 5 always. */
let capitalStarts: usize = 0
let capitalEntries: usize = 0
let capitalBuckets: u32 = 0
let capitalBits: u32 = 0
const unknownShare: u32 = 6
/** Words that are auxiliaries. */
let auxiliaryStarts: usize = 0
let auxiliaryEntries: usize = 0
let auxiliaryBuckets: u32 = 0
let auxiliaryBits: u32 = 0

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

export function setCapitals(starts: usize, entries: usize, buckets: u32, bits: u32): void {
  capitalStarts = starts
  capitalEntries = entries
  capitalBuckets = buckets
  capitalBits = bits
}

export function setAuxiliaries(starts: usize, entries: usize, buckets: u32, bits: u32): void {
  auxiliaryStarts = starts
  auxiliaryEntries = entries
  auxiliaryBuckets = buckets
  auxiliaryBits = bits
}

/** Is the word in lower case one of the auxiliaries? */
export function isListed(count: i32): bool {
  return findValue(auxiliaryStarts, auxiliaryEntries, auxiliaryBuckets, auxiliaryBits, tailAt(count)) !== 0
}

function findClass(hash: u64): u32 {
  return findValue(lexiconStarts, lexiconEntries, lexiconBuckets, lexiconBits, hash)
}

/**
 * The classes that the lexicon has for a word: as it is written, in lower case, capitalised, or for its longest tail of
 * four letters and more, first in the word's own case. Returns the traits of the class found.
 */
export function describeByLexicon(word: usize, count: i32, isUpper: bool, attributes: usize): u64 {
  if (lexiconBuckets === 0) return 0
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

/** Paths in the tree of clusters, cut at 4, 6, 8, 10, 12, 14 and 20 steps. A hashtag is looked up without its #, then with. */
export function describeByCluster(count: i32, sort: u32, attributes: usize): void {
  if (clusterBuckets === 0) return
  let cluster = sort === mention ? mentionCluster : sort === url ? urlCluster : 0
  if (sort === hashtag) cluster = findCluster(count - 1)
  if (sort === plain || (sort === hashtag && cluster === 0)) cluster = findCluster(count)
  if (cluster === 0) return
  const entry = load<u32>(clusterPaths + ((cluster as usize) << 2))
  const steps = entry >> 24
  const path = entry & 0xff_ffff
  for (let i: u32 = 0; i < 6; i++) {
    const cut: u32 = min(i === 5 ? 20 : 4 + 2 * i, steps)
    set(attributes, cluster4 + (i as usize), cutPath(path, steps, cut))
  }
  set(attributes, cluster14, cutPath(path, steps, min<u32>(14, steps)))
}

function cutPath(path: u32, steps: u32, cut: u32): u64 {
  return (((cut << 24) as u64) | (path >> (steps - cut))) + 1
}

/** How often the word has a capital where it need not, a hashtag without its #. */
export function describeByCapitals(count: i32, sort: u32, attributes: usize): void {
  if (capitalBuckets === 0 || (sort !== plain && sort !== hashtag)) return
  const hash = tailAt(sort === hashtag ? count - 1 : count)
  const share = findValue(capitalStarts, capitalEntries, capitalBuckets, capitalBits, hash)
  set(attributes, capitalShare, share !== 0 ? share : unknownShare)
}

function findCluster(k: i32): u32 {
  return findValue(clusterStarts, clusterEntries, clusterBuckets, clusterBits, tailAt(k))
}
