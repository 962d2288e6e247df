import type { ByteSource } from '../byte-source.js'
import { ImportError } from '../import-error.js'

const chunkBytes = 1 << 20

/** Bytes of a pickle. Long ones stay in the file until somebody wants them. */
export interface Bytes {
  /** undefined where only reading tells. */
  readonly length: number | undefined
  /** All of them, in pieces of which each but the last has a multiple of 16; a piece is good until the next one. */
  chunks(): Generator<Uint8Array>
  /** @throws ImportError where there are more or fewer than `target` has */
  copyInto(target: Uint8Array): void
}

export class HeldBytes implements Bytes {
  constructor(readonly data: Uint8Array) {}

  get length(): number {
    return this.data.length
  }

  *chunks(): Generator<Uint8Array> {
    yield this.data
  }

  copyInto(target: Uint8Array): void {
    checkLength(this.data.length, target.length)
    target.set(this.data)
  }
}

export class FileBytes implements Bytes {
  constructor(
    private readonly source: ByteSource,
    private readonly start: number,
    readonly length: number,
  ) {}

  *chunks(): Generator<Uint8Array> {
    const chunk = new Uint8Array(Math.min(chunkBytes, this.length))
    for (let done = 0; done < this.length; done += chunkBytes) {
      const piece = chunk.subarray(0, Math.min(chunkBytes, this.length - done))
      this.source.read(this.start + done, piece)
      yield piece
    }
  }

  copyInto(target: Uint8Array): void {
    checkLength(this.length, target.length)
    this.source.read(this.start, target)
  }
}

/** Bytes that protocols 0 to 2 write as a text: each is the character of that number, which the file has in UTF-8. */
export class Latin1Bytes implements Bytes {
  readonly length = undefined

  constructor(private readonly utf8: Bytes) {}

  *chunks(): Generator<Uint8Array> {
    const out = new Uint8Array(chunkBytes)
    let length = 0
    let lead = 0
    for (const chunk of this.utf8.chunks()) {
      for (let i = 0; i < chunk.length; i++) {
        const byte = chunk[i]!
        if (lead !== 0) {
          if ((byte & 0xc0) !== 0x80) throw noLatin1()
          out[length++] = ((lead & 3) << 6) | (byte & 0x3f)
          lead = 0
        } else if (byte < 0x80) {
          out[length++] = byte
        } else if (byte === 0xc2 || byte === 0xc3) {
          lead = byte
        } else {
          throw noLatin1()
        }
        if (length === chunkBytes) {
          yield out
          length = 0
        }
      }
    }
    if (lead !== 0) throw noLatin1()
    if (length > 0) yield out.subarray(0, length)
  }

  copyInto(target: Uint8Array): void {
    let at = 0
    for (const chunk of this.chunks()) {
      if (at + chunk.length > target.length) throw otherLength(`more than ${target.length}`, target.length)
      target.set(chunk, at)
      at += chunk.length
    }
    checkLength(at, target.length)
  }
}

const noLatin1 = () => new ImportError('bytes that its pickle has as a text are none: a character is beyond U+00FF.')

const otherLength = (found: number | string, wanted: number) =>
  new ImportError(`an array in its pickle has ${found} bytes, its shape asks for ${wanted}.`)

export function checkLength(found: number, wanted: number): void {
  if (found !== wanted) throw otherLength(found, wanted)
}
