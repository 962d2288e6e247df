import { classAt, digit, letter, lower, unitClasses } from './characters.js'

const dot = 0x2e
const hyphen = 0x2d
const blank = 0x20

const isDigit = (text: string, at: number, end: number): boolean =>
  at < end && (unitClasses[text.charCodeAt(at)]! & digit) !== 0

/** . , : / and the apostrophe of Swiss thousands, between digits. */
const isInner = (unit: number): boolean =>
  unit === dot || unit === 0x2c || unit === 0x3a || unit === 0x2f || unit === 0x27 || unit === 0x2019

/** The end of a number, date or time that begins with a digit: `12,5`, `1.000.000`, `20:15`, `24/7`, `2020-05-13`. */
export function numberEnd(text: string, at: number, end: number): number {
  let last = at
  for (;;) {
    while (isDigit(text, last, end)) last++
    if (!isDigit(text, last + 1, end) || !isInner(text.charCodeAt(last))) break
    last++
  }
  return last - at === 4 && isIsoRest(text, last, end) ? last + 6 : last
}

/** `-05-13` with no further digit. */
function isIsoRest(text: string, at: number, end: number): boolean {
  for (let i = 0; i < 6; i++) {
    if (i % 3 === 0 ? text.charCodeAt(at + i) !== hyphen : !isDigit(text, at + i, end)) return false
  }
  return !isDigit(text, at + 6, end)
}

/**
 * Does a full stop at `dotAt` belong to the German number before it? In `24.12.` always; in `3. Mai`, `3.-5.`, `19. und`
 * when a word or hyphen follows, but before a capital only up to 31: a larger number ends its sentence there.
 */
export function isOrdinalStop(text: string, start: number, dotAt: number, end: number): boolean {
  if (dotAt >= end || text.charCodeAt(dotAt) !== dot) return false
  let inner = 0
  for (let i = start; i < dotAt; i++) {
    if (isDigit(text, i, end)) continue
    if (text.charCodeAt(i) !== dot) return false
    inner++
  }
  const after = dotAt + 1
  if (after < end && text.charCodeAt(after) === dot) return false
  if (inner > 0) return inner === 1 && dotAt - start <= 5 && isDayAndMonth(text, start, dotAt)
  if (dotAt - start > 4 || after >= end) return false
  if (text.charCodeAt(after) === hyphen) return true
  const word = text.charCodeAt(after) === blank ? after + 1 : after
  const bits = word < end ? classAt(text, word, end) : 0
  if ((bits & letter) === 0) return false
  return (bits & lower) !== 0 || (dotAt - start <= 2 && Number(text.slice(start, dotAt)) <= 31)
}

function isDayAndMonth(text: string, start: number, end: number): boolean {
  const [day, month] = text.slice(start, end).split('.').map(Number) as [number, number]
  return day >= 1 && day <= 31 && month >= 1 && month <= 12
}
