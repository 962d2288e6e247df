import { matchNames } from './gazetteers.as'
import { fillOutside, rowOf, setPlace, traitsOf } from './rows.as'
import {
  caseShift,
  endsClause,
  isAuxiliary,
  isCapitalised,
  lowerCase,
  mayBeInfinitive,
  mayBeParticiple,
  opensSentence,
  titleCase,
  upperCase,
  withoutCase,
} from './word.as'

/** What of a word depends on its place in the sentence: context attributes. */

const start: usize = 0
const opening: usize = 1
const clauseEnd: usize = 2
const auxiliary: usize = 3
const capitals: usize = 4
const style: usize = 5

/** u32 by word: the last word of its clause. */
let clauses: usize = 0
let wantsStyle: bool = false

/** Is the style of capitals asked for? */
export function setPlaces(clausesAt: usize, style: u32): void {
  clauses = clausesAt
  wantsStyle = style !== 0
}

/** Fills in what depends on the place, of words whose own attributes are there. */
export function describePlaces(count: i32): void {
  fillOutside(rowOf(count))
  findClauses(count)
  for (let i: i32 = 0; i < count; i++) {
    setPlace(i, start, i === 0 ? 2 : 1)
    setPlace(i, opening, i === 0 || (traitsOf(i - 1) & opensSentence) !== 0 ? 2 : 1)
    const end = clauseOf(i)
    const isSign = (traitsOf(i) & endsClause) !== 0
    setPlace(i, clauseEnd, isSign || end > i + 1 ? 1 : end === i ? 3 : 2)
    setPlace(i, auxiliary, (traitsOf(i) & isAuxiliary) !== 0 ? describeAuxiliary(i, end, isSign) : 0)
  }
  describeCapitals(count)
  if (wantsStyle) describeStyle(count)
  matchNames(count)
}

function clauseOf(i: i32): i32 {
  return load<u32>(clauses + ((i as usize) << 2)) as i32
}

function findClauses(count: i32): void {
  let end = count - 1
  for (let i = count - 1; i >= 0; i--) {
    const isSign = (traitsOf(i) & endsClause) !== 0
    store<u32>(clauses + ((i as usize) << 2), isSign ? i : end)
    if (isSign) end = i - 1
  }
}

/** 1 neither participle nor infinitive, else 2, 4 or both. */
function nonFinite(i: i32): u64 {
  if (i < 0) return 1
  const traits = traitsOf(i)
  if ((traits & isCapitalised) !== 0) return 1
  return ((traits & mayBeParticiple) !== 0 ? 2 : 0) + ((traits & mayBeInfinitive) !== 0 ? 4 : 0) || 1
}

/**
 * An auxiliary at the end of its clause, with what stands before it, or elsewhere, with the end of the clause or the word
 * before the end: whether that may be the verb that goes with it.
 */
function describeAuxiliary(i: i32, end: i32, isSign: bool): u64 {
  if (end === i && !isSign) return 16 + nonFinite(i - 1)
  const last = end === i ? (1 as u64) : nonFinite(end)
  return last === 1 && end - 1 > i ? 8 + nonFinite(end - 1) : 8 + last
}

/** The run of capitalised words that a word is in: its length up to 3, whether it opens the sentence, the word's place. */
function describeCapitals(count: i32): void {
  for (let i: i32 = 0; i < count; ) {
    if ((traitsOf(i) & isCapitalised) === 0) {
      setPlace(i++, capitals, 1)
      continue
    }
    let end = i + 1
    while (end < count && (traitsOf(end) & isCapitalised) !== 0) end++
    const run: u64 = ((min(end - i, 3) as u64) << 3) | (i === 0 ? 4 : 0)
    for (let k = i; k < end; k++) setPlace(k, capitals, run | (k === i ? 0 : k === end - 1 ? 1 : 2))
    i = end
  }
}

/**
 * How capitals are used, of words without signs: 1 most are all capitals, 2 most begin with one, 3 none has one, 4 else.
 * What has less than three such words is no sample.
 */
function describeStyle(count: i32): void {
  let words: i32 = 0
  let uppers: i32 = 0
  let titles: i32 = 0
  let lowers: i32 = 0
  for (let i: i32 = 0; i < count; i++) {
    const own = ((traitsOf(i) >> caseShift) & 7) as u32
    if (own <= withoutCase) continue
    words++
    if (own === upperCase) uppers++
    else if (own === titleCase) titles++
    else if (own === lowerCase) lowers++
  }
  let value: u64 = 4
  if (lowers === words) value = 3
  else if (words >= 3 && uppers * 2 > words) value = 1
  else if (words >= 3 && (titles + uppers) * 10 >= words * 7) value = 2
  for (let i: i32 = 0; i < count; i++) setPlace(i, style, value)
}
