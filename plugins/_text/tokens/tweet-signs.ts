import { classAt, digit, icon, joined, letter, space, surrogate, unitClasses, unitsOf } from './characters.js'

/**
 * Links, addresses, names and hashtags of tweets. Each function gives the end of what begins at a place, the place itself
 * where nothing does, and looks at no more than what it takes, or at a constant number of characters.
 */
const maxHandle = 20
const maxLocalPart = 64
const maxHost = 64
const dot = 0x2e
const slash = 0x2f
const atSign = 0x40
const underscore = 0x5f
const hyphen = 0x2d
const plus = 0x2b

const schemes = ['http://', 'https://', 'www.']
const entities = ['&amp;', '&lt;', '&gt;', '&quot;', '&apos;', '&#39;', '&nbsp;']
// With a path behind them, and without one: `stop.it` is no link.
const domains = new Set('com org net edu gov mil info biz de at ch eu uk ly tv io fm gl gd app dev news'.split(' '))
const domainsWithPath = new Set('co me to be us it am is la fr es nl pl ru ca au jp in cc ws st tk ms im'.split(' '))
const trailing = new Set([...'.,;:!?)]}»«“”"\'’‘…'].map(sign => sign.charCodeAt(0)))

const isWide = (unit: number): boolean => unit >= 0x80
const isAsciiWord = (unit: number): boolean =>
  !isWide(unit) && ((unitClasses[unit]! & (letter | digit)) !== 0 || unit === underscore)

function startsWithIgnoringCase(text: string, at: number, lowerCased: string): boolean {
  for (let i = 0; i < lowerCased.length; i++) {
    const unit = text.charCodeAt(at + i)
    const expected = lowerCased.charCodeAt(i)
    if (unit !== expected && !((unitClasses[expected]! & letter) !== 0 && (unit | 0x20) === expected)) return false
  }
  return true
}

/** To the next white space or emoji, without the punctuation that ends there; not before `least`. */
function addressEnd(text: string, from: number, end: number, least: number): number {
  let last = from
  while (last < end) {
    const unit = text.charCodeAt(last)
    const bits = unitClasses[unit]!
    if ((bits & (space | icon)) !== 0) break
    if (bits === surrogate && (classAt(text, last, end) & icon) !== 0) break
    last++
  }
  while (last > least && trailing.has(text.charCodeAt(last - 1))) last--
  return last
}

/** `https://…` or `www.…`. */
export function urlEnd(text: string, at: number, end: number): number {
  for (const scheme of schemes) {
    if (!startsWithIgnoringCase(text, at, scheme)) continue
    const rest = at + scheme.length
    const last = addressEnd(text, rest, end, rest)
    return last > rest ? last : at
  }
  return at
}

/** `example.com`, `pic.twitter.com/x`: a host without a scheme, of letters and digits of ASCII. */
export function domainEnd(text: string, at: number, end: number): number {
  const limit = Math.min(end, at + maxHost)
  let last = at
  let label = at
  while (last < limit) {
    const unit = text.charCodeAt(last)
    if (unit === dot && last > label) label = last + 1
    else if (unit !== hyphen && (!isAsciiWord(unit) || unit === underscore)) break
    last++
  }
  if (last === limit && last < end) return at
  // A full stop behind it ends the sentence.
  if (label === last && last > at) {
    last--
    label = last
    while (label > at && text.charCodeAt(label - 1) !== dot) label--
  }
  if (label <= at || last - label > 4) return at
  const topLevel = text.slice(label, last)
  const hasPath = text.charCodeAt(last) === slash
  if (!domains.has(topLevel) && !(hasPath && domainsWithPath.has(topLevel))) return at
  return hasPath ? addressEnd(text, last + 1, end, last) : last
}

export function emailEnd(text: string, at: number, end: number): number {
  const limit = Math.min(end, at + maxLocalPart)
  let last = at
  while (last < limit) {
    const unit = text.charCodeAt(last)
    if (!isAsciiWord(unit) && unit !== dot && unit !== hyphen && unit !== plus) break
    last++
  }
  if (last === at || last >= end || text.charCodeAt(last) !== atSign) return at
  const hostLimit = Math.min(end, last + maxHost)
  let labelStart = last + 1
  let labels = 0
  let found = at
  for (last = labelStart; last <= hostLimit; last++) {
    const unit = last < hostLimit ? text.charCodeAt(last) : 0
    if (unit === hyphen || (isAsciiWord(unit) && unit !== underscore)) continue
    if (labels > 0 && last - labelStart >= 2) found = last
    if (unit !== dot || last === labelStart) break
    labels++
    labelStart = last + 1
  }
  return found
}

/** `@name`; a name is letters, digits and `_` of ASCII, 20 at most. */
export function mentionEnd(text: string, at: number, end: number): number {
  const limit = Math.min(end, at + 1 + maxHandle)
  let last = at + 1
  while (last < limit && isAsciiWord(text.charCodeAt(last))) last++
  return last > at + 1 ? last : at
}

/** `#word`; a hyphen ends it. */
export function hashtagEnd(text: string, at: number, end: number): number {
  let last = at + 1
  while (last < end) {
    const bits = classAt(text, last, end)
    if ((bits & (letter | digit | joined)) === 0 && text.charCodeAt(last) !== underscore) break
    last += unitsOf(bits)
  }
  return last > at + 1 ? last : at
}

/** `&amp;` and the other four or five that tweets hold. */
export function entityEnd(text: string, at: number): number {
  for (const entity of entities) if (text.startsWith(entity, at)) return at + entity.length
  return at
}
