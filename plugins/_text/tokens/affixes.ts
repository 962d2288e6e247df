import {
  classAt,
  classBefore,
  currency,
  digit,
  icon,
  letter,
  lower,
  mark,
  quote,
  unitClasses,
  unitsOf,
  upper,
} from './characters.js'
import type { LanguageRules } from './languages.js'
import { type SpecialCase, SpecialCases } from './special-cases.js'

/**
 * What is cut off at both ends of a chunk, one piece at a time, as spaCy's rules do it. All offsets are UTF-16 units;
 * a chunk is never looked at beyond its bounds.
 */
const dot = 0x2e
const ellipsis = 0x2026
const plus = 0x2b
const percent = 0x25
const apostrophe = 0x27
const typographicApostrophe = 0x2019
const backquote = 0x60
const slash = 0x2f
const dollar = 0x24
const enDash = 0x2013
const emDash = 0x2014
const letterS = 0x53

const unitNames =
  'km km² km³ m m² m³ dm dm² dm³ cm cm² cm³ mm mm² mm³ ha µm μm nm yd in ft kg g mg µg μg t lb oz m/s km/h mph hPa Pa ' +
  'mbar mb MB kb KB gb GB tb TB T G M K %'
const units = new SpecialCases(
  unitNames.split(' ').map((text): SpecialCase => ({ text, pieces: [text.length], kind: 0 })),
)
const maxUnitLength = 4

// Signs that are cut at the start, beside marks, quotes, currencies and icons.
const isPrefixSign = (unit: number): boolean =>
  unit === 0xa7 || unit === percent || unit === 0x3d || unit === emDash || unit === enDash

/** The length of the run of full stops that begins at a place. */
function dotsAt(text: string, at: number, end: number): number {
  let last = at
  while (last < end && text.charCodeAt(last) === dot) last++
  return last - at
}

function dotsBefore(text: string, at: number, start: number): number {
  let first = at
  while (first > start && text.charCodeAt(first - 1) === dot) first--
  return at - first
}

/** `US$`, `C$`, `A$`. */
function dollarPrefix(text: string, start: number, end: number): number {
  const first = text.charCodeAt(start)
  if (first === 0x43 || first === 0x41) return start + 1 < end && text.charCodeAt(start + 1) === dollar ? 2 : 0
  return first === 0x55 && start + 2 < end && text.startsWith('US$', start) ? 3 : 0
}

/** How many units are cut off at the start of a chunk; 0 for none. */
export function prefixLength(text: string, start: number, end: number, rules: LanguageRules): number {
  const unit = text.charCodeAt(start)
  if (unit === dot) {
    const length = dotsAt(text, start, end)
    return length > 1 ? length : 0
  }
  if (unit === backquote && rules.name === 'de' && start + 1 < end && text.charCodeAt(start + 1) === backquote) return 2
  if (unit === plus) return start + 1 < end && (unitClasses[text.charCodeAt(start + 1)]! & digit) !== 0 ? 0 : 1
  const bits = classAt(text, start, end)
  if ((bits & (mark | quote | currency | icon)) !== 0) return unitsOf(bits)
  return isPrefixSign(unit) ? 1 : dollarPrefix(text, start, end)
}

function unitLength(text: string, start: number, end: number): number {
  for (let length = Math.min(maxUnitLength, end - start - 1); length > 0; length--) {
    if ((unitClasses[text.charCodeAt(end - length - 1)]! & digit) === 0) continue
    if (units.find(text, end - length, end) !== undefined) return length
  }
  return 0
}

/** Does the full stop at the end stand for itself? Not after digits in German, where it makes ordinals. */
function isFullStop(text: string, start: number, at: number, rules: LanguageRules): boolean {
  if (at <= start) return false
  const before = text.charCodeAt(at - 1)
  const bits = classBefore(text, at, start)
  if ((bits & (lower | mark | quote)) !== 0) return true
  if ((bits & digit) !== 0) return rules.name !== 'de'
  if (before === percent || before === 0xb2 || before === 0x2d || before === plus || before === 0x7c) return true
  if ((bits & upper) === 0) return false
  if ((classBefore(text, at - unitsOf(bits), start) & upper) !== 0) return true
  return at - 2 >= start && text.charCodeAt(at - 2) === 0xb0 && (before === 0x46 || before === 0x43 || before === 0x4b)
}

/** How many units are cut off at the end of a chunk; 0 for none. */
export function suffixLength(text: string, start: number, end: number, rules: LanguageRules): number {
  const unit = text.charCodeAt(end - 1)
  const previous = end - 2 >= start ? text.charCodeAt(end - 2) : 0
  const german = rules.name === 'de'
  if (unit === dot) {
    const length = dotsBefore(text, end, start)
    return length > 1 ? length : isFullStop(text, start, end - 1, rules) ? 1 : 0
  }
  const bits = classBefore(text, end, start)
  if ((bits & letter) !== 0) {
    // After a digit, a unit; otherwise `'s`, which German does not cut.
    const isPossessive =
      (unit | 0x20) === (letterS | 0x20) && (previous === apostrophe || previous === typographicApostrophe)
    return isPossessive && !german ? 2 : unitLength(text, start, end)
  }
  if (unit === apostrophe && previous === apostrophe && german) return 2
  if (unit === ellipsis && previous === ellipsis) return 2
  if ((bits & (mark | quote | icon)) !== 0) return unitsOf(bits)
  if (unit === emDash || unit === enDash || (unit === slash && german)) return 1
  if ((unitClasses[previous]! & digit) !== 0 && (unit === plus || (bits & currency) !== 0)) return 1
  return unitLength(text, start, end)
}
