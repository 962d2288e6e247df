import type { SharedMemory } from 'modelhost/kernels'

// What is read in vectors begins at a multiple of their size.
const alignment = 16

/** Gives out parts of a memory, one after the other. */
export class MemoryWriter {
  #at: number

  /** From `at` to `end`, in bytes. */
  constructor(
    readonly memory: SharedMemory,
    at: number,
    readonly end: number,
  ) {
    this.#at = Math.ceil(at / alignment) * alignment
  }

  /** @returns where they are. @throws RangeError when there is no room */
  take(bytes: number): number {
    const at = this.#at
    this.#at = Math.ceil((at + bytes) / alignment) * alignment
    if (this.#at > this.end) throw new RangeError(`${this.#at - this.end} bytes are missing.`)
    return at
  }

  get left(): number {
    return this.end - this.#at
  }

  /** Copies bytes in. @returns where they are */
  write(view: ArrayBufferView): number {
    const at = this.take(view.byteLength)
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
    new Uint8Array(this.memory.buffer, at, bytes.length).set(bytes)
    return at
  }

  bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, at, length)
  }
}
