/** What a case found wrong: what was sent, what had to come, what came. Each is text for people, already cut. */
export class Fault extends Error {
  constructor(
    readonly sent: string,
    readonly expected: string,
    readonly came: string,
  ) {
    super(`${sent}: expected ${expected}, came ${came}`)
  }
}

/** A case that cannot be judged on this server; the message says why. */
export class NotRun extends Error {}

const maxShown = 500

/** Text of a stranger on one line: what moves a cursor or turns the writing as escapes, a long end left out. */
export function showText(text: string, limit = maxShown): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}... (${text.length} in all)` : text
  return cut
    .toWellFormed()
    .replaceAll(/\r?\n\s*/g, ' ')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escapeUnseen)
}

function escapeUnseen(character: string): string {
  const code = character.codePointAt(0)!
  const hex = code.toString(16)
  return code < 256 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`
}

export const showBytes = (bytes: Uint8Array, limit = maxShown): string =>
  showText(Buffer.from(bytes.subarray(0, 4 * limit)).toString(), limit) +
  (bytes.length > 4 * limit ? ` (${bytes.length} bytes)` : '')
