import type { ByteSource } from '../byte-source.js'
import { ImportError } from '../import-error.js'

const windowBytes = 1 << 18
const lineFeed = 0x0a

/** Reads a pickle from its begin to its end through a window, so that a file of any size takes no more memory. */
export class Cursor {
  readonly #window: Uint8Array
  readonly #view: DataView
  #windowStart = 0
  #windowEnd = 0
  #at = 0

  /** @param what  it is that may be cut off, for errors */
  constructor(
    readonly source: ByteSource,
    private readonly what = 'its pickle',
  ) {
    this.#window = new Uint8Array(Math.min(windowBytes, Math.max(source.bytes, 8)))
    this.#view = new DataView(this.#window.buffer)
  }

  /** Of the next byte in the file. */
  get offset(): number {
    return this.#windowStart + this.#at
  }

  get remaining(): number {
    return this.source.bytes - this.offset
  }

  byte(): number {
    if (this.#at >= this.#windowEnd) this.#need(1)
    return this.#window[this.#at++]!
  }

  uint16(): number {
    return this.#view.getUint16(this.#step(2), true)
  }

  int32(): number {
    return this.#view.getInt32(this.#step(4), true)
  }

  uint32(): number {
    return this.#view.getUint32(this.#step(4), true)
  }

  /** A length of 64 bits; beyond 2^53 it is only known to be larger than any file. */
  uint64(): number {
    return Number(this.#view.getBigUint64(this.#step(8), true))
  }

  /** As pickles have it: the highest byte first. */
  float64(): number {
    return this.#view.getFloat64(this.#step(8), false)
  }

  /** The next `length` bytes, at most `maxTaken`: a view that is good until the next read. */
  take(length: number): Uint8Array {
    const start = this.#step(length)
    return this.#window.subarray(start, start + length)
  }

  static readonly maxTaken = windowBytes

  /** Passes over bytes that are there. */
  skip(length: number): void {
    const to = this.offset + length
    if (to <= this.#windowStart + this.#windowEnd) {
      this.#at += length
      return
    }
    this.#windowStart = to
    this.#windowEnd = 0
    this.#at = 0
  }

  /**
   * Bytes up to the next line feed, which is passed over.
   *
   * @param mayEnd  does the end of the file end a line, too?
   * @returns undefined where the line has more bytes, or does not end
   */
  line(maxBytes: number, mayEnd = false): Uint8Array | undefined {
    const parts: Uint8Array[] = []
    let length = 0
    while (length <= maxBytes) {
      if (this.#at >= this.#windowEnd) {
        if (this.remaining === 0) return mayEnd ? joined(parts, length) : undefined
        this.#need(1)
      }
      const found = this.#window.indexOf(lineFeed, this.#at)
      const isEnd = found >= 0 && found < this.#windowEnd
      const end = isEnd ? found : this.#windowEnd
      parts.push(this.#window.slice(this.#at, end))
      length += end - this.#at
      this.#at = isEnd ? end + 1 : end
      if (isEnd) return length <= maxBytes ? joined(parts, length) : undefined
    }
    return undefined
  }

  #step(length: number): number {
    if (this.#at + length > this.#windowEnd) this.#need(length)
    const start = this.#at
    this.#at += length
    return start
  }

  #need(length: number): void {
    const { offset, remaining } = this
    if (remaining < length)
      throw new ImportError(`${this.what} is cut off: it goes on after byte ${this.source.bytes}, where the file ends.`)
    this.#windowStart = offset
    this.#windowEnd = Math.min(this.#window.length, remaining)
    this.#at = 0
    this.source.read(offset, this.#window.subarray(0, this.#windowEnd))
  }
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  if (parts.length === 1) return parts[0]!
  const bytes = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
