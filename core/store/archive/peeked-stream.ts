/** A stream of bytes of which the first can be looked at before it is read. */
export class PeekedStream {
  readonly #source: AsyncIterator<Uint8Array>
  #head: Buffer = Buffer.alloc(0)

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** @returns that many bytes, or fewer where the stream ends; they stay to be read */
  async peek(length: number): Promise<Buffer> {
    const parts: Uint8Array[] = [this.#head]
    for (let bytes = this.#head.length; bytes < length; ) {
      const { done, value } = await this.#source.next()
      if (done) break
      parts.push(value)
      bytes += value.length
    }
    this.#head = Buffer.concat(parts)
    return this.#head.subarray(0, length)
  }

  /** All of it, once. */
  async *read(): AsyncGenerator<Uint8Array> {
    yield this.#head
    for (;;) {
      const { done, value } = await this.#source.next()
      if (done) return
      yield value
    }
  }

  /** Gives the stream up, where it was not read to its end. */
  close(): void {
    // Not waited for: it may stand in a wait that never ends.
    this.#source.return?.().catch(() => {})
  }
}
