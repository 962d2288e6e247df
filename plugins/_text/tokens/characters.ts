/**
 * What tokenisers ask of a character, as bits in a table by UTF-16 unit. Characters beyond the first 65,536 are two
 * units, each `surrogate`; `classAt` and `classBefore` read them as one.
 */
export const space = 1
/** Lower-case letters, and letters of scripts without case, which are `upper` too. */
export const lower = 2
export const upper = 4
export const letter = lower | upper
/** 0 to 9 only. */
export const digit = 8
/** Unicode's category P. */
export const punctuation = 16
/** Ends a sentence, as a token of its own. */
export const terminal = 32
export const quote = 64
/** Sentence punctuation, brackets and the like: cut off at both ends of a word. */
export const mark = 128
export const currency = 256
/** Unicode's category So: emoji, arrows, degree signs. */
export const icon = 512
/** Half a pair, as a unit by itself. */
export const surrogate = 1024
/** Combining marks and numerals of other scripts: they stand in words and are never cut at. */
export const joined = 2048
/** Unicode's category Cf, which has no width: joiners, soft hyphens, signs of direction. */
export const format = 4096
/** A code point of two units. */
export const pair = 0x8000

const marks = '…,:;!?¿؟¡()[]{}<>_#*&。？！，、；：～·।،۔؛٪'
const quotes = '\'"”“`‘´’‚„»«「」『』（）〔〕【】《》〈〉〈〉⟦⟧'
// As Python's str.isspace; zero-width spaces are none.
const spaces =
  '\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a' +
  '\u2028\u2029\u202f\u205f\u3000'

const properties: readonly (readonly [pattern: string, bits: number])[] = [
  ['\\p{Ll}', lower],
  ['[\\p{Lu}\\p{Lt}]', upper],
  ['[\\p{Lm}\\p{Lo}]', letter],
  ['\\p{P}', punctuation],
  ['\\p{Sentence_Terminal}', terminal],
  ['\\p{Sc}', currency],
  ['\\p{So}', icon],
  ['[\\p{M}\\p{N}]', joined],
  ['\\p{Cf}', format],
]

/** By UTF-16 unit: 65,536 entries. */
export const unitClasses = makeUnitClasses()

function makeUnitClasses(): Uint16Array {
  const classes = new Uint16Array(0x10000)
  // Runs of one property in a string of all units: a thousand matches instead of half a million.
  const units = new Uint16Array(0x10000)
  for (let unit = 0; unit < 0x10000; unit++) units[unit] = unit >= 0xd800 && unit < 0xe000 ? 0 : unit
  const all = Buffer.from(units.buffer).toString('utf16le')
  for (const [pattern, bits] of properties) {
    for (const { index, 0: run } of all.matchAll(new RegExp(`(?:${pattern})+`, 'gu'))) {
      for (let unit = index; unit < index + run.length; unit++) classes[unit]! |= bits
    }
  }
  const listed = [
    [marks, mark],
    [quotes, quote],
    [spaces, space],
  ] as const
  for (const [characters, bits] of listed) {
    for (let i = 0; i < characters.length; i++) classes[characters.charCodeAt(i)]! |= bits
  }
  return classes.fill(digit, 0x30, 0x3a).fill(surrogate, 0xd800, 0xe000)
}

// By code point from 0x10000 on, filled in as characters are met; pages that are never touched cost no memory.
let pointClasses: Uint16Array | undefined

function classifyPoint(point: number): number {
  const character = String.fromCodePoint(point)
  let bits = pair
  for (const [pattern, bit] of pointPatterns()) if (pattern.test(character)) bits |= bit
  return bits
}

let compiled: readonly (readonly [RegExp, number])[] | undefined
const pointPatterns = () =>
  (compiled ??= properties.map(([pattern, bits]) => [new RegExp(pattern, 'u'), bits] as const))

const isHighSurrogate = (unit: number): boolean => (unit & 0xfc00) === 0xd800
const isLowSurrogate = (unit: number): boolean => (unit & 0xfc00) === 0xdc00

/** The class of the code point of two units; both must be halves of a pair. */
function pairClass(high: number, low: number): number {
  pointClasses ??= new Uint16Array(0x100000)
  const index = ((high & 0x3ff) << 10) | (low & 0x3ff)
  if (pointClasses[index] === 0) pointClasses[index] = classifyPoint(index + 0x10000)
  return pointClasses[index]!
}

/** The class of the code point that begins at a place before `end`; `surrogate` for half a pair. */
export function classAt(text: string, at: number, end: number): number {
  const unit = text.charCodeAt(at)
  const bits = unitClasses[unit]!
  if (bits !== surrogate || at + 1 >= end || !isHighSurrogate(unit)) return bits
  const low = text.charCodeAt(at + 1)
  return isLowSurrogate(low) ? pairClass(unit, low) : bits
}

/** The class of the code point that ends before `at`, not looking before `start`; 0 where there is none. */
export function classBefore(text: string, at: number, start: number): number {
  if (at <= start) return 0
  const unit = text.charCodeAt(at - 1)
  const bits = unitClasses[unit]!
  if (bits !== surrogate || at - 2 < start || !isLowSurrogate(unit)) return bits
  const high = text.charCodeAt(at - 2)
  return isHighSurrogate(high) ? pairClass(high, unit) : bits
}

/** How many units a code point of this class has. */
export const unitsOf = (bits: number): number => ((bits & pair) !== 0 ? 2 : 1)
