import { digit, letter, lower, unitClasses } from './characters.js'

/**
 * Is a chunk a link or an e-mail address as a whole? Scheme and user are optional: a host of two labels or more that
 * ends in a top-level domain of lower-case letters, or an IPv4 address; then port and path. Each character is looked at
 * a constant number of times.
 */
const at = 0x40
const colon = 0x3a
const dot = 0x2e
const slash = 0x2f
const hyphen = 0x2d
const underscore = 0x5f
const question = 0x3f
const number = 0x23
const firstWide = 0xa1
const maxLabel = 64
const maxTopLevel = 63

const isAsciiLetterOrDigit = (unit: number): boolean =>
  (unit >= 0x30 && unit <= 0x39) || (unit >= 0x41 && unit <= 0x5a) || (unit >= 0x61 && unit <= 0x7a)
const isLabelEdge = (unit: number): boolean => unit >= firstWide || isAsciiLetterOrDigit(unit)
const isHost = (unit: number): boolean => isLabelEdge(unit) || unit === hyphen || unit === underscore || unit === dot

/** The end of `https://` and the like; the start itself where there is none. */
function schemeEnd(text: string, start: number, end: number): number {
  let i = start
  while (i < end) {
    const unit = text.charCodeAt(i)
    const isWord = (unitClasses[unit]! & (letter | digit)) !== 0 || unit === underscore
    if (!isWord && unit !== 0x2b && unit !== hyphen && unit !== dot) break
    i++
  }
  return i - start >= 2 && i + 3 <= end && text.startsWith('://', i) ? i + 3 : start
}

/** The end of the host that begins at a place, -1 where none does; after it stands a port, a path or nothing. */
function hostEnd(text: string, start: number, end: number): number {
  let labelStart = start
  let labels = 0
  let numbers = 0
  for (let i = start; ; i++) {
    const unit = i < end ? text.charCodeAt(i) : 0
    const goesOn = i < end && isHost(unit)
    if (goesOn && unit !== dot) continue
    if (!goesOn) {
      if (numbers === 3 && labels === 3 && isByte(text, labelStart, i)) return i
      return labels > 0 && isTopLevel(text, labelStart, i) ? i : -1
    }
    const length = i - labelStart
    if (length === 0 || length > maxLabel) return -1
    if (!isLabelEdge(text.charCodeAt(labelStart)) || !isLabelEdge(text.charCodeAt(i - 1))) return -1
    labels++
    if (isByte(text, labelStart, i)) numbers++
    labelStart = i + 1
  }
}

function isTopLevel(text: string, start: number, end: number): boolean {
  if (end - start < 2 || end - start > maxTopLevel) return false
  for (let i = start; i < end; i++) if ((unitClasses[text.charCodeAt(i)]! & lower) === 0) return false
  return true
}

function isByte(text: string, start: number, end: number): boolean {
  if (end - start < 1 || end - start > 3) return false
  for (let i = start; i < end; i++) if ((unitClasses[text.charCodeAt(i)]! & digit) === 0) return false
  return true
}

function isTail(text: string, start: number, end: number): boolean {
  let i = start
  if (i < end && text.charCodeAt(i) === colon) {
    i++
    while (i < end && i - start <= 5 && (unitClasses[text.charCodeAt(i)]! & digit) !== 0) i++
    if (i - start < 3) return false
  }
  if (i === end) return true
  const unit = text.charCodeAt(i)
  return unit === slash || unit === question || unit === number
}

function endsAsAddress(text: string, start: number, end: number): boolean {
  const host = hostEnd(text, start, end)
  return host >= 0 && isTail(text, host, end)
}

export const notAddress = 0
export const urlAddress = 1
export const emailAddress = 2

/** What address `text.slice(start, end)` is; the stretch has no white space. */
export function addressOf(text: string, start: number, end: number): number {
  const scheme = schemeEnd(text, start, end)
  if (endsAsAddress(text, scheme, end)) return urlAddress
  // Hosts do not hold an @, so those tried here do not overlap.
  for (let i = nextAt(text, scheme, end); i >= 0; i = nextAt(text, i + 1, end)) {
    if (i > scheme && endsAsAddress(text, i + 1, end)) return scheme > start ? urlAddress : emailAddress
  }
  return notAddress
}

function nextAt(text: string, from: number, end: number): number {
  for (let i = from; i < end; i++) if (text.charCodeAt(i) === at) return i
  return -1
}
