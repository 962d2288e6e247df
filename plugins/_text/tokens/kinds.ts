import { classAt, digit, icon, joined, letter, punctuation, surrogate, unitClasses, unitsOf } from './characters.js'
import { tokenKind } from './tokens.js'

const at = 0x40
const modifierHigh = 0xd83c

/** Is the code point at a place an emoji: a pictogram or flag beyond the BMP, or a skin tone? */
export function isEmojiAt(text: string, start: number, end: number): boolean {
  const bits = classAt(text, start, end)
  if ((bits & surrogate) === 0) return (bits & icon) !== 0 && isOldEmoji(text.charCodeAt(start))
  if ((bits & icon) !== 0) return true
  const low = text.charCodeAt(start + 1)
  return text.charCodeAt(start) === modifierHigh && low >= 0xdffb && low <= 0xdfff
}

// ☀ to ➿ and the stars and circles among the arrows; ° © and box drawings are signs, not emoji.
const isOldEmoji = (unit: number): boolean =>
  (unit >= 0x2600 && unit <= 0x27bf) || (unit >= 0x2b1b && unit <= 0x2b55) || (unit >= 0x231a && unit <= 0x23f3)

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
  return (some & joined) !== 0 && (some & ~joined) === 0 ? tokenKind.word : tokenKind.other
}

function isHandle(text: string, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const unit = text.charCodeAt(i)
    if ((unitClasses[unit]! & (letter | digit)) === 0 && unit !== 0x5f) return false
  }
  return end > start
}
