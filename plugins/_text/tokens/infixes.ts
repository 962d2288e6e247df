import { classAt, digit, icon, letter, lower, quote, unitClasses, unitsOf, upper } from './characters.js'

/**
 * Where a chunk is cut in its middle, as spaCy's rules do it: a sign between two characters of certain kinds. A function
 * gives the length of the cut at a place of the chunk `[start, end)`, 0 for none.
 */
export type InfixRule = (text: string, at: number, start: number, end: number) => number

const code = (character: string): number => character.charCodeAt(0)
const [dot, comma, hyphen, slash, ellipsis] = ['.', ',', '-', '/', '…'].map(code) as [
  number,
  number,
  number,
  number,
  number,
]
const [exclamation, question, plus, star, caret] = ['!', '?', '+', '*', '^'].map(code) as [
  number,
  number,
  number,
  number,
  number,
]
const [enDash, emDash, tilde, apostrophe] = ['–', '—', '~', "'"].map(code) as [number, number, number, number]
const [colon, less, equals, greater] = [':', '<', '=', '>'].map(code) as [number, number, number, number]
const brackets = [...'()[]'].map(code)

const classBeside = (text: string, at: number, start: number, end: number): number =>
  at >= start && at < end ? unitClasses[text.charCodeAt(at)]! : 0

/** Full stops and signs that are cut in all languages. */
function commonInfix(text: string, unit: number, at: number, end: number): number {
  if (unit === dot) {
    let last = at + 1
    while (last < end && text.charCodeAt(last) === dot) last++
    return last - at > 1 ? last - at : 0
  }
  if (unit === ellipsis) return 1
  const bits = classAt(text, at, end)
  return (bits & icon) !== 0 ? unitsOf(bits) : 0
}

const isRelation = (unit: number): boolean => unit === colon || unit === less || unit === equals || unit === greater

export const germanInfix: InfixRule = (text, at, start, end) => {
  const unit = text.charCodeAt(at)
  const common = commonInfix(text, unit, at, end)
  if (common > 0) return common
  const before = classBeside(text, at - 1, start, end)
  const after = classBeside(text, at + 1, start, end)
  if (unit === dot) return before & lower && after & upper ? 1 : 0
  if (unit === slash) return before & (letter | digit) && after & (letter | digit) ? 1 : 0
  if (unit === hyphen) {
    if (before & digit && after & digit) return 1
    if (before & letter && text.charCodeAt(at + 1) === hyphen)
      return classBeside(text, at + 2, start, end) & letter ? 2 : 0
    return 0
  }
  if (!(before & letter && after & letter)) return 0
  if (unit === comma || unit === exclamation || unit === question || isRelation(unit)) return 1
  return (unitClasses[unit]! & quote && unit !== apostrophe) || brackets.includes(unit) ? 1 : 0
}

const isArithmetic = (unit: number): boolean => unit === plus || unit === hyphen || unit === star || unit === caret

/** `-`, `–`, `—`, `~`, `--`, `---`, `——`: units of the dash at a place that a letter follows, 0 for none. */
function dashLength(text: string, at: number, start: number, end: number): number {
  const unit = text.charCodeAt(at)
  if (unit !== hyphen && unit !== enDash && unit !== emDash && unit !== tilde) return 0
  const longest = unit === hyphen ? 3 : unit === emDash ? 2 : 1
  let length = 1
  while (length < longest && text.charCodeAt(at + length) === unit) length++
  return classBeside(text, at + length, start, end) & letter ? length : 0
}

/** English, and languages without rules of their own. */
const generalInfix =
  (splitsHyphens: boolean): InfixRule =>
  (text, at, start, end) => {
    const unit = text.charCodeAt(at)
    const common = commonInfix(text, unit, at, end)
    if (common > 0) return common
    const before = classBeside(text, at - 1, start, end)
    const after = classBeside(text, at + 1, start, end)
    if (isArithmetic(unit) && before & digit && (after & digit || text.charCodeAt(at + 1) === hyphen))
      return at + 1 < end ? 1 : 0
    if (unit === dot) return before & (lower | quote) && after & (upper | quote) ? 1 : 0
    if (unit === comma) return before & letter && after & letter ? 1 : 0
    if (isRelation(unit) || unit === slash) return before & (letter | digit) && after & letter ? 1 : 0
    if (!(before & (letter | digit))) return 0
    const length = dashLength(text, at, start, end)
    return length === 1 && unit === hyphen && !splitsHyphens ? 0 : length
  }

export const generalInfixes = { split: generalInfix(true), whole: generalInfix(false) }
