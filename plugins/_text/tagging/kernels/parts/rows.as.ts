import { traits } from './word.as'

/**
 * A sentence as rows of attributes, u64 each: those of its words, `traits` first, then those that depend on the place, in
 * the order of `contextAttributes` in attributes.ts. Two rows stand before the first word and two behind the last one, for
 * what is outside.
 */

/** Of those that depend on the place: `gazetteer`, the last one, has four. */
const contextBytes: usize = 11 << 3

/** Rows before the first word, and behind the last one. */
const reach: usize = 2
/** The value of every attribute outside of a sentence. */
const outside: u64 = 0xffff_ffff_ffff

let rows: usize = 0
export let rowBytes: usize = 0
let contextAt: usize = 0

/** `at` is the row of the first word; two rows lie before it. */
export function setRows(at: usize, bytesOfRow: usize): void {
  rows = at
  rowBytes = bytesOfRow
  contextAt = bytesOfRow - contextBytes
  fillOutside(at - reach * bytesOfRow)
}

export function rowOf(i: i32): usize {
  return rows + (i as usize) * rowBytes
}

/** Two rows from `at` on. */
export function fillOutside(at: usize): void {
  for (let end = at + reach * rowBytes; at < end; at += 8) store<u64>(at, outside)
}

export function traitsOf(i: i32): u64 {
  return load<u64>(rowOf(i) + (traits << 3))
}

/** Writes what depends on the place. */
export function setPlace(i: i32, attribute: usize, value: u64): void {
  store<u64>(rowOf(i) + contextAt + (attribute << 3), value)
}
