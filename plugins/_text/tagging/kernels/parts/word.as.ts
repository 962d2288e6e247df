import { lowerOf, upperOf } from './characters.as'
import { emptyWord, mix } from './hashes.as'

/**
 * A word under the cursor: UTF-16 units, its tails, and where its attributes go: a number of 64 bits each, 0 where the word
 * has none. Their order is that of `wordAttributes` in attributes.ts.
 */

export const traits: usize = 0
export const bias: usize = 1
export const form: usize = 2
export const lowered: usize = 3
export const prefix1: usize = 4
export const suffix1: usize = 8
export const shape: usize = 13
export const hasDigit: usize = 14
export const hasHyphen: usize = 15
export const initial: usize = 16
export const kind: usize = 17
export const length: usize = 18
export const lexicon: usize = 19
export const lexiconCases: usize = 20
export const cluster4: usize = 21

export const cluster14: usize = 27
export const bare: usize = 28
export const letterCase: usize = 29
export const capitalShare: usize = 30
export const nameHash: usize = 31
export const exact: usize = 32

export const wordAttributes: usize = 33
export const prefixes: i32 = 4
export const suffixes: i32 = 5

/** Bits of the attribute `traits`, which context attributes are made from. */
export const isCapitalised: u64 = 1
export const endsClause: u64 = 2
export const opensSentence: u64 = 4
export const isAuxiliary: u64 = 8
export const mayBeParticiple: u64 = 16
export const mayBeInfinitive: u64 = 32
export const mayBeJoined: u64 = 64
/** From this bit on: the case of a plain word's letters. */
export const caseShift: u64 = 8

/** Cases of letters: none has one, all are small, all are capitals (two and more), the first is one alone, others. */
export const withoutCase: u32 = 1
export const lowerCase: u32 = 2
export const upperCase: u32 = 3
export const titleCase: u32 = 4
export const mixedCase: u32 = 5

/** What a token is. */
export const plain: u32 = 0
export const url: u32 = 1
export const mention: u32 = 2
export const hashtag: u32 = 4

/** A longer word is its first and last half of this. */
const maxUnits: i32 = 64

/** u16 each, 64: the units in lower case, digits as 0. Then u64 each, 65: the hash of the last k units in lower case. */
export let lows: usize = 0
let tails: usize = 0

/** 1,024 bytes of this lane's own. */
export function setWordScratch(at: usize): void {
  lows = at
  tails = at + 2 * (maxUnits as usize)
}

export function unitAt(word: usize, i: i32): u32 {
  return load<u16>(word + ((i as usize) << 1))
}

/** The hash of the last k units in lower case. */
export function tailAt(k: i32): u64 {
  return load<u64>(tails + ((k as usize) << 3))
}

/** Hashes all tails of a word. */
export function hashTails(word: usize, count: i32): void {
  store<u64>(tails, emptyWord)
  for (let k: i32 = 1; k <= count; k++) {
    store<u64>(tails + ((k as usize) << 3), mix(tailAt(k - 1), lowerOf(unitAt(word, count - k))))
  }
}

/** The hash of the last k units, the first of them in the case wanted. */
export function hashOfTail(word: usize, count: i32, k: i32, inUpper: bool): u64 {
  const unit = unitAt(word, count - k)
  return mix(tailAt(k - 1), inUpper ? upperOf(lowerOf(unit)) : lowerOf(unit))
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

export function set(attributes: usize, attribute: usize, value: u64): void {
  store<u64>(attributes + (attribute << 3), value)
}
