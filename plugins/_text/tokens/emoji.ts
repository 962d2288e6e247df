import { classAt, format, icon, letter, pair, surrogate, unitsOf } from './characters.js'

const variation = 0xfe0f
const keycap = 0x20e3
const joiner = 0x200d
const information = 0x2139
// Skin tones and flag letters share their first unit; tags (of the flags of England, Scotland, Wales) have another.
const flagHigh = 0xd83c
const tagHigh = 0xdb40

function isSkinTone(text: string, at: number): boolean {
  const low = text.charCodeAt(at + 1)
  return text.charCodeAt(at) === flagHigh && low >= 0xdffb && low <= 0xdfff
}

function isFlagLetter(text: string, at: number): boolean {
  const low = text.charCodeAt(at + 1)
  return text.charCodeAt(at) === flagHigh && low >= 0xdde6 && low <= 0xddff
}

function isTag(text: string, at: number): boolean {
  const low = text.charCodeAt(at + 1)
  return text.charCodeAt(at) === tagHigh && low >= 0xdc20 && low <= 0xdc7f
}

// ☀ to ➿, the stars and circles among the arrows, clocks; ° © and box drawings are signs, not emoji.
const isOldEmoji = (unit: number): boolean =>
  (unit >= 0x2600 && unit <= 0x27bf) || (unit >= 0x2b1b && unit <= 0x2b55) || (unit >= 0x231a && unit <= 0x23f3)

/** Is the code point at a place an emoji of its own, or a skin tone? */
export function isEmojiAt(text: string, at: number, end: number): boolean {
  const bits = classAt(text, at, end)
  if ((bits & pair) !== 0) return (bits & icon) !== 0 || isSkinTone(text, at)
  return (bits & icon) !== 0 && isOldEmoji(text.charCodeAt(at))
}

/** The end of one emoji with its skin tone, variation, keycap and tags. */
function pictureEnd(text: string, at: number, end: number): number {
  let last = at + unitsOf(classAt(text, at, end))
  if (last < end && text.charCodeAt(last) === variation) last++
  if (last + 1 < end && isSkinTone(text, last)) last += 2
  if (last < end && text.charCodeAt(last) === keycap) last++
  while (last + 1 < end && isTag(text, last)) last += 2
  return last
}

/**
 * The end of the emoji that begins at a place, as people see it: a flag, a family joined by zero-width joiners, a hand
 * with its skin tone, a keycap. The place itself where none begins.
 */
export function emojiEnd(text: string, at: number, end: number): number {
  if (at + 3 < end && isFlagLetter(text, at) && isFlagLetter(text, at + 2)) return at + 4
  const second = at + 1 < end ? text.charCodeAt(at + 1) : 0
  const isEmoji = isEmojiAt(text, at, end) || isShownAsEmoji(text, at, second)
  if (!isEmoji) return at
  let last = pictureEnd(text, at, end)
  while (last + 1 < end && text.charCodeAt(last) === joiner && isEmojiAt(text, last + 1, end)) {
    last = pictureEnd(text, last + 1, end)
  }
  return last
}

/** A sign or digit that a variation or keycap makes an emoji: ™️, ℹ️, 1️⃣. */
function isShownAsEmoji(text: string, at: number, second: number): boolean {
  if (second !== variation && second !== keycap) return false
  return (classAt(text, at, at + 1) & (surrogate | format | letter)) === 0 || text.charCodeAt(at) === information
}
