import { classOf, digit, letter, lower, lowerOf, other, upper } from './characters.as'
import { hashName, hasNames } from './gazetteers.as'
import { emptyWord, mix } from './hashes.as'
import { describeByCapitals, describeByCluster, describeByLexicon, isListed } from './lists.as'
import { kindOf, traitsOfSigns } from './signs.as'
import {
  bare,
  bias,
  caseShift,
  form,
  hasDigit,
  hasHyphen,
  hashTails,
  hashtag,
  initial,
  isAuxiliary,
  isCapitalised,
  kind,
  length,
  letterCase,
  lowerCase,
  lowered,
  lows,
  mayBeJoined,
  mention,
  mixedCase,
  nameHash,
  plain,
  prefix1,
  prefixes,
  set,
  shape,
  suffix1,
  suffixes,
  titleCase,
  traits,
  unitAt,
  upperCase,
  url,
  withoutCase,
  wordAttributes,
} from './word.as'

/** The attributes of a word: what its form alone says. */

const hyphenMinus: u32 = 0x2d

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
  hashTails(word, count)
  if (sort === url || sort === mention) {
    set(attributes, form, sort)
    set(attributes, lowered, sort)
    set(attributes, shape, sort)
    set(attributes, bare, sort)
    set(attributes, letterCase, withoutCase)
  } else {
    describeLetters(word, count, sort, attributes)
    const ownCase = caseOf(word, count)
    set(attributes, letterCase, ownCase)
    if (sort === plain) marks |= (ownCase as u64) << caseShift
    if (sort === hashtag || ownCase === mixedCase) marks |= mayBeJoined
    if (hasNames()) set(attributes, nameHash, hashName(word, count, sort))
  }
  marks |= describeByLexicon(word, count, isUpper, attributes)
  describeByCluster(count, sort, attributes)
  describeByCapitals(count, sort, attributes)
  if (isListed(count)) marks |= isAuxiliary
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

/** Form, lower case, with and without a #, beginnings and ends, all digits as 0; the shape with runs cut at two. */
function describeLetters(word: usize, count: i32, sort: u32, attributes: usize): void {
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
  set(attributes, bare, sort === hashtag ? hashLows(1, count) : lowHash)
  let hash = emptyWord
  for (let k: i32 = 0; k < suffixes && k < count; k++) {
    hash = mix(hash, load<u16>(lows + (((count - 1 - k) as usize) << 1)))
    set(attributes, suffix1 + (k as usize), hash)
  }
}

function hashLows(from: i32, to: i32): u64 {
  let hash = emptyWord
  for (let i = from; i < to; i++) hash = mix(hash, load<u16>(lows + ((i as usize) << 1)))
  return hash
}

function caseOf(word: usize, count: i32): u32 {
  let uppers: i32 = 0
  let lowers: i32 = 0
  let beginsUpper = false
  for (let i: i32 = 0; i < count; i++) {
    const sort = classOf(unitAt(word, i))
    if (sort === upper) {
      if (uppers + lowers === 0) beginsUpper = true
      uppers++
    } else if (sort === lower) {
      lowers++
    }
  }
  if (uppers === 0) return lowers === 0 ? withoutCase : lowerCase
  if (uppers === 1 && beginsUpper) return titleCase
  return lowers === 0 ? upperCase : mixedCase
}
