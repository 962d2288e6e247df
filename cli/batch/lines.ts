import { isUtf8 } from 'node:buffer'
import { TextDecoder } from 'node:util'

/** Bytes -> lines, however the bytes are cut. What has no end for so long is kept no longer, and no line of ours. */

export const maxLineBytes = 64 << 20

/** A line without its end, or what is wrong with it. */
export type Line = { readonly text: string } | { readonly problem: string }

const newLine = 0x0a

export class LineCutter {
  #rest: Buffer[] = []
  #restBytes = 0
  #isTooLong = false

  /** @returns the lines that end in this chunk */
  push(chunk: Buffer): Line[] {
    const lines: Line[] = []
    // Mostly all of it is text, and most lines end in the chunk that they begin in.
    const isText = isUtf8(chunk)
    let from = 0
    for (let at = chunk.indexOf(newLine); at >= 0; at = chunk.indexOf(newLine, from)) {
      const piece = chunk.subarray(from, at)
      lines.push(this.#restBytes > 0 || this.#isTooLong ? this.#join(piece) : readLine(piece, isText))
      from = at + 1
    }
    if (from < chunk.length) this.#keep(chunk.subarray(from))
    return lines
  }

  /** @returns the last line, where no line's end follows it */
  end(): Line | undefined {
    return this.#restBytes > 0 || this.#isTooLong ? this.#join(Buffer.alloc(0)) : undefined
  }

  #keep(piece: Buffer): void {
    if (this.#isTooLong) return
    this.#restBytes += piece.length
    this.#rest.push(piece)
    if (this.#restBytes <= maxLineBytes) return
    this.#isTooLong = true
    this.#rest = []
  }

  #join(piece: Buffer): Line {
    this.#keep(piece)
    const line = this.#isTooLong ? { problem: 'The line is longer than 64 MiB.' } : readLine(Buffer.concat(this.#rest))
    this.#rest = []
    this.#restBytes = 0
    this.#isTooLong = false
    return line
  }
}

function readLine(bytes: Buffer, isText = isUtf8(bytes)): Line {
  // A chunk may be cut within a character where its lines are not.
  if (!isText && !isUtf8(bytes)) return { problem: 'The line is not UTF-8.' }
  const end = bytes.at(-1) === 0x0d ? bytes.length - 1 : bytes.length
  return { text: bytes.toString('utf8', 0, end) }
}

const marks = { utf8: [0xef, 0xbb, 0xbf], utf16: [0xff, 0xfe] } as const
const startsWith = (bytes: Buffer, mark: readonly number[]) => mark.every((byte, i) => bytes[i] === byte)

/**
 * The lines of a stream, as many at a time as have come. It may begin with a byte order mark, that of UTF-16 too, as
 * PowerShell writes it.
 */
export async function* readLines(bytes: AsyncIterable<Buffer>): AsyncGenerator<readonly Line[]> {
  const cutter = new LineCutter()
  let decoder: TextDecoder | undefined
  let isFirst = true
  for await (let chunk of bytes) {
    if (isFirst && startsWith(chunk, marks.utf16)) decoder = new TextDecoder('utf-16le')
    else if (isFirst && startsWith(chunk, marks.utf8)) chunk = chunk.subarray(marks.utf8.length)
    isFirst = false
    const lines = cutter.push(decoder ? Buffer.from(decoder.decode(chunk, { stream: true })) : chunk)
    if (lines.length > 0) yield lines
  }
  const last = cutter.end()
  if (last) yield [last]
}
