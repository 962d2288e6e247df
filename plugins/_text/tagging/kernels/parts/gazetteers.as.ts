import { lowerOf } from './characters.as'
import { emptyWord, mix } from './hashes.as'
import { rowOf } from './rows.as'
import { findValue } from './value-tables.as'
import { hashtag, mayBeJoined, mention, unitAt, url } from './word.as'

/**
 * Lists of names. A table has the hash of each name, word after word, and of each beginning of one: 1 where more words must
 * follow, else 1 more than the number of the name's set of classes. A hashtag, or a word with capitals inside, may be a name
 * without the spaces.
 */

const maxWords: i32 = 6
/** A name begins here; one without its spaces there. */
const apart: u64 = 1
const joined: u64 = 2

let starts: usize = 0
let entries: usize = 0
let buckets: u32 = 0
let bits: u32 = 0
/** u32 rows of `classSlots` by set: its classes, 0 for none. */
let sets: usize = 0
const classSlots: usize = 4
/** Where in a row the hash of its word is; 0 where nobody asks for names. */
let hashAt: usize = 0
/** Where in a row the answers go: the set with the place in the name, then each class with it. */
let answersAt: usize = 0

const noName: u64 = 1
/** Places of a word in a name. */
const first: u64 = 0
const inner: u64 = 1
const last: u64 = 2
const whole: u64 = 3

export function setGazetteers(startsAt: usize, entriesAt: usize, count: u32, valueBits: u32, setsAt: usize): void {
  starts = startsAt
  entries = entriesAt
  buckets = count
  bits = valueBits
  sets = setsAt
}

export function setNamePlaces(hash: usize, answers: usize): void {
  hashAt = hash
  answersAt = answers
}

export function hasNames(): bool {
  return buckets !== 0
}

/** Dots and apostrophes: names are written with and without them. */
function isLeftOut(unit: u32): bool {
  if (unit === 0x2e || unit === 0x27 || unit === 0x60 || unit === 0xb4) return true
  return unit === 0x2018 || unit === 0x2019 || unit === 0x2bc
}

/** The hash of a word in a name, in lower case; 0 for what is in none. */
export function hashName(word: usize, count: i32, sort: u32): u64 {
  if (sort === url || sort === mention) return 0
  let hash = emptyWord
  for (let i = sort === hashtag ? 1 : 0; i < count; i++) {
    const unit = unitAt(word, i)
    if (!isLeftOut(unit)) hash = mix(hash, lowerOf(unit))
  }
  return hash === emptyWord ? 0 : hash
}

function find(hash: u64): u32 {
  return findValue(starts, entries, buckets, bits, hash)
}

/** The longest names, from left to right; what is in one is in no other. */
export function matchNames(count: i32): void {
  if (hashAt === 0) return
  for (let i: i32 = 0; i < count; ) {
    let words: i32 = 0
    let set: u32 = 0
    let hash = apart
    for (let k = i; k < min(i + maxWords, count); k++) {
      const own = load<u64>(rowOf(k) + hashAt)
      if (own === 0) break
      hash = mix(hash, own)
      const found = find(hash)
      if (found === 0) break
      if (found > 1) {
        words = k + 1 - i
        set = found - 1
      }
    }
    if (words === 0 && (load<u64>(rowOf(i)) & mayBeJoined) !== 0) {
      const found = find(mix(joined, load<u64>(rowOf(i) + hashAt)))
      if (found > 1) {
        words = 1
        set = found - 1
      }
    }
    if (words === 0) {
      writeNone(i++)
      continue
    }
    for (let k: i32 = 0; k < words; k++) {
      writeName(i + k, words === 1 ? whole : k === 0 ? first : k === words - 1 ? last : inner, set)
    }
    i += words
  }
}

function write(i: i32, answer: usize, value: u64): void {
  store<u64>(rowOf(i) + answersAt + (answer << 3), value)
}

function writeNone(i: i32): void {
  write(i, 0, noName)
  write(i, 1, noName)
  for (let slot: usize = 1; slot < classSlots; slot++) write(i, 1 + slot, 0)
}

/** 2 + place + 4 * number. */
function writeName(i: i32, place: u64, set: u32): void {
  write(i, 0, 2 + place + ((set as u64) << 2))
  const classes = sets + ((set as usize) << 2) * classSlots
  for (let slot: usize = 0; slot < classSlots; slot++) {
    const own = load<u32>(classes + (slot << 2)) as u64
    write(i, 1 + slot, own !== 0 ? 2 + place + (own << 2) : 0)
  }
}
