import { finish, mix } from './hashes.as'
import { endsClause, isAuxiliary, isCapitalised, mayBeInfinitive, mayBeParticiple, opensSentence } from './word.as'

/**
 * A sentence as rows of attributes, u64 each: those of its words that templates combine, `traits` first, then those that
 * depend on the place, in the order of `contextAttributes` in attributes.ts. Two rows stand before the first word and two
 * behind the last one, for what is outside.
 */

const start: usize = 0
const opening: usize = 1
const clauseEnd: usize = 2
const auxiliary: usize = 3
const capitals: usize = 4
const contextBytes: usize = 5 << 3

/** Rows before the first word, and behind the last one. */
const reach: usize = 2
/** The value of every attribute outside of a sentence. */
const outside: u64 = 0xffff_ffff_ffff

let rows: usize = 0
let rowBytes: usize = 0
let contextAt: usize = 0
/** u32 by word: the last word of its clause. */
let clauses: usize = 0
/** Templates: a seed u64, three u32 of where an attribute is from the word's row, and how many of them there are. */
let templates: usize = 0
let templatesEnd: usize = 0
const templateBytes: usize = 24

/** `at` is the row of the first word; two rows lie before it. */
export function setRows(at: usize, bytesOfRow: usize, clausesAt: usize): void {
  rows = at
  rowBytes = bytesOfRow
  contextAt = bytesOfRow - contextBytes
  clauses = clausesAt
  fillOutside(at - reach * bytesOfRow)
}

export function setTemplates(at: usize, count: u32): void {
  templates = at
  templatesEnd = at + (count as usize) * templateBytes
}

export function rowOf(i: i32): usize {
  return rows + (i as usize) * rowBytes
}

function fillOutside(at: usize): void {
  for (let end = at + reach * rowBytes; at < end; at += 8) store<u64>(at, outside)
}

function traitsOf(i: i32): u64 {
  return load<u64>(rowOf(i))
}

function set(i: i32, attribute: usize, value: u64): void {
  store<u64>(rowOf(i) + contextAt + (attribute << 3), value)
}

/** Fills in what depends on the place, of words whose own attributes are there. */
export function describePlaces(count: i32): void {
  fillOutside(rowOf(count))
  findClauses(count)
  for (let i: i32 = 0; i < count; i++) {
    set(i, start, i === 0 ? 2 : 1)
    set(i, opening, i === 0 || (traitsOf(i - 1) & opensSentence) !== 0 ? 2 : 1)
    const end = clauseOf(i)
    const isSign = (traitsOf(i) & endsClause) !== 0
    set(i, clauseEnd, isSign || end > i + 1 ? 1 : end === i ? 3 : 2)
    set(i, auxiliary, (traitsOf(i) & isAuxiliary) !== 0 ? describeAuxiliary(i, end, isSign) : 0)
  }
  describeCapitals(count)
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
      set(i++, capitals, 1)
      continue
    }
    let end = i + 1
    while (end < count && (traitsOf(end) & isCapitalised) !== 0) end++
    const run: u64 = ((min(end - i, 3) as u64) << 3) | (i === 0 ? 4 : 0)
    for (let k = i; k < end; k++) set(k, capitals, run | (k === i ? 0 : k === end - 1 ? 1 : 2))
    i = end
  }
}

/** The feature that a template has at a row; 0 for none. */
export function hashAt(template: usize, row: usize): u64 {
  let hash = load<u64>(template)
  const end = template + 8 + ((load<u32>(template, 20) as usize) << 2)
  for (let at = template + 8; at < end; at += 4) {
    const value = load<u64>(row + load<u32>(at))
    if (value === 0) return 0
    hash = mix(hash, value)
  }
  return finish(hash) | 1
}

/** Writes the features of a word, u64 each, 0 for none. Returns where they end. */
export function writeFeatures(i: i32, to: usize): usize {
  const row = rowOf(i)
  for (let template = templates; template < templatesEnd; template += templateBytes, to += 8) {
    store<u64>(to, hashAt(template, row))
  }
  return to
}
