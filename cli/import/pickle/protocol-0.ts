/** Texts as protocol 0 writes them: a line of characters up to U+00FF, with escapes. */
import type { Machine } from './machine.js'

const latin1 = new TextDecoder('latin1')

/** Each byte as the character of its number. */
export function latin1Text(bytes: Uint8Array): string {
  // That decoder is windows-1252, which has other characters at 0x80 to 0x9f.
  if (!bytes.some(byte => byte >= 0x80 && byte < 0xa0)) return latin1.decode(bytes)
  let text = ''
  for (let at = 0; at < bytes.length; at += 4096) text += String.fromCharCode(...bytes.subarray(at, at + 4096))
  return text
}

/** `\uXXXX` and `\UXXXXXXXX`; all else stands for itself. */
export function readRawUnicode(line: Uint8Array, machine: Machine): string {
  return latin1Text(line).replace(/\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})|\\[uU]/g, (_, short, long) => {
    const point = Number.parseInt(short ?? long ?? 'x', 16)
    if (!(point <= 0x10ffff)) throw machine.error('has a text with an escape that is none.')
    return String.fromCodePoint(point)
  })
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\', "'": "'", '"': '"' }

/** Python 2's literal of bytes, in quotes; each byte is read as a character. */
export function readStringLiteral(line: Uint8Array, machine: Machine): string {
  const text = latin1Text(line).trimEnd()
  const quote = text[0]
  if (text.length < 2 || (quote !== "'" && quote !== '"') || !text.endsWith(quote))
    throw machine.error('has a string without quotes.')
  return text.slice(1, -1).replace(/\\(?:x([0-9a-fA-F]{2})|(.)|$)/gs, (_, hex?: string, letter?: string) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16))
    if (letter !== undefined && Object.hasOwn(escapes, letter)) return escapes[letter]!
    throw machine.error('has a string with an escape that is none.')
  })
}
