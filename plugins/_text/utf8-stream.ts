import { Transform } from 'node:stream'
import { TextDecoder } from 'node:util'

/** Bytes that are no text in the encoding of their file. */
export class EncodingError extends Error {
  /** @param line  counted from 1 */
  constructor(readonly line: number) {
    super(`line ${line} is not UTF-8`)
  }
}

const utf16Mark = [0xff, 0xfe]

/** Bytes → text, chunk by chunk: UTF-8, or UTF-16 where the file begins with its byte order mark. Marks are left out. */
export function createTextDecoder(): Transform {
  let decoder: TextDecoder | undefined
  let line = 1
  const decode = (chunk: Uint8Array | undefined): string => {
    decoder ??= new TextDecoder(startsAsUtf16(chunk) ? 'utf-16le' : 'utf-8', { fatal: true })
    try {
      const text = decoder.decode(chunk, { stream: chunk !== undefined })
      for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) line++
      return text
    } catch {
      throw new EncodingError(line + linesBeforeFault(chunk ?? new Uint8Array()))
    }
  }
  return new Transform({
    readableObjectMode: true,
    transform(chunk: Uint8Array, _encoding, done) {
      try {
        done(null, decode(chunk))
      } catch (error) {
        done(error as Error)
      }
    },
    flush(done) {
      try {
        done(null, decode(undefined))
      } catch (error) {
        done(error as Error)
      }
    },
  })
}

const startsAsUtf16 = (chunk: Uint8Array | undefined) => utf16Mark.every((byte, i) => chunk?.[i] === byte)

/** How many line breaks of a chunk stand before its first byte that is no UTF-8. */
function linesBeforeFault(chunk: Uint8Array): number {
  const text = new TextDecoder().decode(chunk)
  // A character that was cut at the chunk's beginning is no fault, but then the fault lies behind it.
  const fault = text.indexOf('\ufffd', 3)
  return text.slice(0, Math.max(fault, 0)).split('\n').length - 1
}
