/** Bytes of a stream, as many at a time as the reader asks for. */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>
  #rest: Uint8Array = new Uint8Array(0)

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** @returns that many bytes, or fewer where the stream ends; they stay to be read */
  async peek(length: number): Promise<Uint8Array> {
    if (this.#rest.length < length) {
      const parts = [this.#rest]
      let bytes = this.#rest.length
      while (bytes < length) {
        const { done, value } = await this.#source.next()
        if (done) break
        parts.push(value)
        bytes += value.length
      }
      this.#rest = Buffer.concat(parts, bytes)
    }
    return this.#rest.subarray(0, length)
  }

  /** @returns that many bytes, or fewer where the stream ends */
  async read(length: number): Promise<Uint8Array> {
    const bytes = await this.peek(length)
    this.#rest = this.#rest.subarray(bytes.length)
    return bytes
  }

  /** @returns what is there already, at most that many bytes; none where the stream ends */
  async readSome(length: number): Promise<Uint8Array> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#source.next()
      if (done) break
      this.#rest = value
    }
    return this.read(Math.min(length, this.#rest.length))
  }

  /** Gives the stream up, where it was not read to its end. */
  close(): void {
    // Not waited for: it may stand in a wait that never ends.
    this.#source.return?.().catch(() => {})
  }

  /** All that has not been read. */
  async *rest(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const bytes = await this.readSome(Infinity)
      if (bytes.length === 0) return
      yield bytes
    }
  }
}
