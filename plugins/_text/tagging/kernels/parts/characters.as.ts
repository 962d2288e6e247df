/**
 * What a UTF-16 unit is. The tables are in the model's file: 256 units a page, which page a unit's upper byte has, and of
 * each unit by how much it differs from its other case.
 */

export const other: u32 = 0
export const upper: u32 = 1
export const lower: u32 = 2
export const digit: u32 = 3
/** A letter without case. */
export const letter: u32 = 4

let pages: usize = 0
let lowers: usize = 0
let uppers: usize = 0
let classes: usize = 0

export function setCharacters(pagesAt: usize, lowersAt: usize, uppersAt: usize, classesAt: usize): void {
  pages = pagesAt
  lowers = lowersAt
  uppers = uppersAt
  classes = classesAt
}

function placeOf(unit: u32): usize {
  return ((load<u8>(pages + (unit >> 8)) as usize) << 8) | (unit & 255)
}

export function lowerOf(unit: u32): u32 {
  return (unit + load<u16>(lowers + (placeOf(unit) << 1))) & 0xffff
}

export function upperOf(unit: u32): u32 {
  return (unit + load<u16>(uppers + (placeOf(unit) << 1))) & 0xffff
}

export function classOf(unit: u32): u32 {
  return load<u8>(classes + placeOf(unit))
}
