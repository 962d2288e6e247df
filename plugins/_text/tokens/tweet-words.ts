import { classAt, digit, format, joined, letter, unitClasses, unitsOf } from './characters.js'
import { pushSpecial } from './kinds.js'
import type { LanguageRules } from './languages.js'
import { type TokenBuffer, tokenKind } from './tokens.js'

const apostrophe = 0x27
const typographicApostrophe = 0x2019
const hyphen = 0x2d
const dot = 0x2e
const underscore = 0x5f
const zeroWidthNonJoiner = 0x200c
const zeroWidthJoiner = 0x200d
const softHyphen = 0xad

export const isApostrophe = (unit: number): boolean => unit === apostrophe || unit === typographicApostrophe
const isHyphen = (unit: number): boolean => unit === hyphen || unit === 0x2010 || unit === 0x2011
const isInvisible = (unit: number): boolean =>
  unit === zeroWidthNonJoiner || unit === zeroWidthJoiner || unit === softHyphen

/**
 * The end of a word whose first characters end at `from`: letters, digits and marks, with apostrophes and hyphens between
 * them.
 */
export function wordEnd(text: string, from: number, end: number, splitsHyphens: boolean): number {
  let last = from
  while (last < end) {
    const unit = text.charCodeAt(last)
    const bits = classAt(text, last, end)
    if ((bits & (letter | digit | joined)) !== 0 || unit === underscore) {
      last += unitsOf(bits)
      continue
    }
    const after = last + 1 < end ? classAt(text, last + 1, end) : 0
    const before = last > 0 ? unitClasses[text.charCodeAt(last - 1)]! : 0
    if (isApostrophe(unit) && (after & letter) !== 0 && (before & digit) === 0) last++
    else if (isHyphen(unit) && (after & (letter | digit)) !== 0) {
      // `2-3` is two numbers; `covid-19-20` and `50-fach` are words.
      const isRange = last === from && (after & digit) !== 0
      if (isRange || (splitsHyphens && (after & letter) !== 0)) return last
      last++
    } else if ((bits & format) !== 0 && isInvisible(unit) && (after & (letter | joined)) !== 0) last++
    else return last
  }
  return last
}

/** No abbreviation has more; a longer row is cut, so that one which fails at its end is not read again from each letter. */
const maxInitials = 16

/** `z.B.`, `U.S.`, `u.s.w`: single letters with a full stop after each, two or more; the place itself otherwise. */
export function initialsEnd(text: string, at: number, end: number): number {
  let last = at
  let letters = 0
  while (last < end && letters < maxInitials && (unitClasses[text.charCodeAt(last)]! & letter) !== 0) {
    const next = last + 1 < end ? text.charCodeAt(last + 1) : 0
    if (next !== dot) {
      const isLetter = (unitClasses[next]! & (letter | digit)) !== 0
      if (isLetter) return at
      return letters > 0 ? last + 1 : at
    }
    last += 2
    letters++
  }
  return letters > 1 ? last : at
}

const tails = ["n't", "'s", "'m", "'re", "'ve", "'d", "'ll"]

/** Where an English contraction is cut: before its ending, whatever the case; the end where there is none. */
function contractionCut(text: string, start: number, end: number): number {
  for (const tail of tails) {
    const from = end - tail.length
    if (from > start && isTail(text, from, tail)) return from
  }
  return end
}

function isTail(text: string, from: number, tail: string): boolean {
  for (let i = 0; i < tail.length; i++) {
    const unit = text.charCodeAt(from + i)
    const expected = tail.charCodeAt(i)
    if (expected === apostrophe ? !isApostrophe(unit) : (unit | 0x20) !== expected) return false
  }
  return true
}

/** Pushes a word, English contractions in their pieces. */
export function pushWord(text: string, start: number, end: number, rules: LanguageRules, tokens: TokenBuffer): void {
  const special = rules.specials.find(text, start, end)
  if (special !== undefined) {
    pushSpecial(text, special, start, tokens)
    return
  }
  const cut = rules.name === 'en' ? contractionCut(text, start, end) : end
  if (cut > start) tokens.push(start, cut, tokenKind.word)
  if (cut < end) tokens.push(cut, end, tokenKind.word)
}

/** After the full stop of an abbreviation or the last sign of a face no word goes on. */
export const goesOn = (text: string, at: number, end: number): boolean =>
  at < end && (classAt(text, at, end) & (letter | digit | joined)) !== 0
