import { alone } from './alone.js'

/**
 * Many pieces of bytes, few buffers: a hundred thousand pieces travel between threads as quickly as ten. Large ones have a
 * buffer of their own, which is handed over and never copied.
 */
export interface Pages {
  readonly pages: readonly Uint8Array<ArrayBuffer>[]
  /** Of each piece. */
  readonly page: Uint32Array<ArrayBuffer>
  readonly start: Uint32Array<ArrayBuffer>
  readonly length: Uint32Array<ArrayBuffer>
}

const pageBytes = 262_144
/** From here on a piece has a buffer of its own. */
const largeBytes = 65_536

export class PagesWriter {
  readonly #pages: Uint8Array<ArrayBuffer>[] = []
  /** Which page has room, and where in it. */
  #open = -1
  #used = 0
  readonly #page: Uint32Array<ArrayBuffer>
  readonly #start: Uint32Array<ArrayBuffer>
  readonly #length: Uint32Array<ArrayBuffer>

  constructor(pieces: number) {
    this.#page = new Uint32Array(pieces)
    this.#start = new Uint32Array(pieces)
    this.#length = new Uint32Array(pieces)
  }

  /** @param bytes  where they are many, they must have their buffer for themselves, and are the pages' from now on */
  put(index: number, bytes: Uint8Array): void {
    this.#length[index] = bytes.length
    if (bytes.length >= largeBytes) {
      this.#page[index] = this.#pages.push(alone(bytes)) - 1
      return
    }
    // Also what is empty has a page.
    if (this.#open < 0 || this.#used + bytes.length > pageBytes) {
      this.#open = this.#pages.push(new Uint8Array(pageBytes)) - 1
      this.#used = 0
    }
    this.#pages[this.#open]!.set(bytes, this.#used)
    this.#page[index] = this.#open
    this.#start[index] = this.#used
    this.#used += bytes.length
  }

  end(): Pages {
    return { pages: this.#pages, page: this.#page, start: this.#start, length: this.#length }
  }
}

/** @returns a piece: a view of its page, all of it where it is large */
export function pieceOf({ pages, page, start, length }: Pages, index: number): Uint8Array<ArrayBuffer> {
  const from = start[index]!
  return pages[page[index]!]!.subarray(from, from + length[index]!)
}

/** What is handed over with pages. */
export const buffersOf = ({ pages, page, start, length }: Pages): ArrayBuffer[] => [
  ...pages.map(({ buffer }) => buffer),
  page.buffer,
  start.buffer,
  length.buffer,
]
