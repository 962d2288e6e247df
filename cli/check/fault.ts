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

/** Text of a stranger on one line: control characters and what is no Unicode as escapes, a long end left out. */
export function showText(text: string, limit = maxShown): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}... (${text.length} in all)` : text
  return cut
    .toWellFormed()
    .replaceAll(/\r?\n\s*/g, ' ')
    .replaceAll(/\p{Cc}/gu, control => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

export const showBytes = (bytes: Uint8Array, limit = maxShown): string =>
  showText(Buffer.from(bytes.subarray(0, 4 * limit)).toString(), limit) +
  (bytes.length > 4 * limit ? ` (${bytes.length} bytes)` : '')
