import type { TensorFile } from 'modelhost'
import { invalid } from '../../_model/invalid.js'

/** What a UTF-16 unit is, as kernels/parts/characters.as.ts has it. */
const kindOf = { other: 0, upper: 1, lower: 2, digit: 3, letter: 4 }

/** Tables by unit: pages of 256, of which equal ones are stored once. In the file, so that every Node tags alike. */
export interface CharacterTables {
  /** U8 [256]: the page of each upper byte. */
  readonly pages: Uint8Array
  /** U16: what is to be added, modulo 2^16, to come to the other case. */
  readonly lower: Uint16Array
  readonly upper: Uint16Array
  /** U8. */
  readonly classes: Uint8Array
}

const units = 0x1_0000

/** By how much a unit differs from its other case, where that is one unit too. */
function difference(unit: string, cased: string): number {
  return cased.length === 1 ? (cased.charCodeAt(0) - unit.charCodeAt(0)) & 0xffff : 0
}

function classOf(text: string): number {
  if (/\p{Lu}|\p{Lt}/u.test(text)) return kindOf.upper
  if (/\p{Ll}/u.test(text)) return kindOf.lower
  if (/[0-9]/.test(text)) return kindOf.digit
  return /\p{L}|\p{M}/u.test(text) ? kindOf.letter : kindOf.other
}

/** The tables of this Node. */
export function makeCharacterTables(): CharacterTables {
  const known = new Map<string, number>()
  const pages = new Uint8Array(256)
  const lower: number[] = []
  const upper: number[] = []
  const classes: number[] = []
  for (let first = 0; first < units; first += 256) {
    const page = Array.from({ length: 256 }, (_, i) => String.fromCharCode(first + i))
    const lows = page.map(text => difference(text, text.toLowerCase()))
    const ups = page.map(text => difference(text, text.toUpperCase()))
    const kinds = page.map(classOf)
    const key = JSON.stringify([lows, ups, kinds])
    let number = known.get(key)
    if (number === undefined) {
      number = known.size
      known.set(key, number)
      lower.push(...lows)
      upper.push(...ups)
      classes.push(...kinds)
    }
    pages[first >> 8] = number
  }
  return {
    pages,
    lower: Uint16Array.from(lower),
    upper: Uint16Array.from(upper),
    classes: Uint8Array.from(classes),
  }
}

/** @throws HostError ARTIFACT_INVALID */
export function readCharacterTables(file: TensorFile): CharacterTables {
  const pages = file.tensor('characters.pages', 'U8', [256])
  const units = 256 * (1 + pages.reduce((most, page) => Math.max(most, page), 0))
  const lower = file.tensor('characters.lower', 'U16', [null])
  const upper = file.tensor('characters.upper', 'U16', [null])
  const classes = file.tensor('characters.classes', 'U8', [null])
  if (lower.length < units || upper.length < units || classes.length < units) {
    throw invalid(file, '"characters.pages" name a page that is not there')
  }
  return { pages, lower, upper, classes }
}

export const characterTensors = ({ pages, lower, upper, classes }: CharacterTables) => ({
  'characters.pages': pages,
  'characters.lower': lower,
  'characters.upper': upper,
  'characters.classes': classes,
})
