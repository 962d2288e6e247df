import { classAt, digit, joined, letter, pair, punctuation, unitClasses, unitsOf } from './characters.js'
import { isEmojiAt } from './emoji.js'
import type { SpecialCase } from './special-cases.js'
import { type TokenBuffer, tokenKind } from './tokens.js'

const at = 0x40

/** The kind of a stretch that no rule has named: by its characters. */
export function kindOf(text: string, start: number, end: number): number {
  let all = ~0
  let some = 0
  for (let i = start; i < end; ) {
    const bits = classAt(text, i, end)
    all &= bits
    some |= bits
    i += unitsOf(bits)
  }
  if ((all & punctuation) !== 0) return tokenKind.punctuation
  if ((some & letter) !== 0)
    return text.charCodeAt(start) === at && isHandle(text, start + 1, end) ? tokenKind.mention : tokenKind.word
  if ((some & digit) !== 0) return tokenKind.number
  if (isEmojiAt(text, start, end)) return tokenKind.emoji
  return (some & joined) !== 0 && (some & ~(joined | pair)) === 0 ? tokenKind.word : tokenKind.other
}

function isHandle(text: string, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const unit = text.charCodeAt(i)
    if ((unitClasses[unit]! & (letter | digit)) === 0 && unit !== 0x5f) return false
  }
  return end > start
}

/** Pushes the pieces of a special case that begins at a place; the hour of `10am` is a number. */
export function pushSpecial(text: string, { pieces, kind }: SpecialCase, at: number, tokens: TokenBuffer): void {
  let start = at
  for (const length of pieces) {
    const isNumber = pieces.length > 1 && (unitClasses[text.charCodeAt(start)]! & digit) !== 0
    tokens.push(start, start + length, isNumber ? tokenKind.number : kind)
    start += length
  }
}
