import type { ReadEntry } from 'tar'
import { Parser } from 'tar/parse'
import { ArchiveProblem } from './archive-problem.js'
import { tarPieces } from './tar-pieces.js'
import { maxMetadataBytes } from './unpack-budget.js'

/** The text of an extended header; or no text, where it is too long. */
export interface TarMetadata {
  readonly text: string | undefined
}

/** What a tar has, one after the other. An archive ends with two empty blocks; the second is its end. */
export type TarPart = ReadEntry | TarMetadata | 'emptyBlock' | 'end'

/** Behind the end: programs fill up a record. */
const maxEndBytes = 1 << 20

/**
 * The parser of npm's `tar`, asked instead of listened to.
 *
 * It gets a piece of the archive when the next part, or the next bytes of an entry, are asked for, so that it never holds
 * more than one. All it throws and emits comes out of the methods here, none out of an event.
 */
export class TarParser {
  readonly #pieces: AsyncGenerator<Buffer, void, number>
  // It would unpack other things on its own: which they may be is decided before.
  readonly #parser = new Parser({ strict: true, brotli: false, zstd: false, maxMetaEntrySize: maxMetadataBytes })
  readonly #found: TarPart[] = []
  #failure: unknown

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#pieces = tarPieces(source)
    this.#parser.on('entry', (entry: ReadEntry) => this.#found.push(entry))
    this.#parser.on('ignoredEntry', (entry: ReadEntry) => this.#found.push(entry.meta ? { text: undefined } : entry))
    this.#parser.on('meta', (text: string) => this.#found.push({ text }))
    this.#parser.on('nullBlock', () => this.#found.push('emptyBlock'))
    this.#parser.on('eof', () => this.#found.push('end'))
    this.#parser.on('error', error => {
      this.#failure ??= error
    })
  }

  /**
   * What comes next, of an entry after all its bytes were read.
   *
   * @returns undefined where the stream ends
   * @throws ArchiveProblem; whatever the stream throws
   */
  async next(): Promise<TarPart | undefined> {
    for (let bytes = 0; this.#found.length === 0; ) {
      const fed = await this.#feed()
      if (fed === 0) return undefined
      bytes += fed
      // A size that one extended header says for the next one gets past the parser's own limit.
      if (bytes > 2 * maxMetadataBytes) return { text: undefined }
    }
    return this.#found.shift()
  }

  /** @throws ArchiveProblem where they do not all come; whatever the stream throws */
  async *contentOf(entry: ReadEntry): AsyncGenerator<Uint8Array> {
    for (;;) {
      const piece = entry.read()
      if (piece) yield piece
      else if (entry.emittedEnd) return
      else if ((await this.#feed(entry.blockRemain)) === 0) throw cutOff()
    }
  }

  /** Reads to the end of the stream, after the end of the archive. */
  async end(): Promise<void> {
    for (let bytes = 0; ; ) {
      const { done, value } = await this.#pieces.next(0)
      if (done) return
      bytes += value.length
      if (bytes > maxEndBytes) throw new ArchiveProblem(`more than ${maxEndBytes} bytes follow its end`)
    }
  }

  /**
   * @param fileBytes  of those to come
   * @returns bytes that the parser got; 0 where the stream ends
   */
  async #feed(fileBytes = 0): Promise<number> {
    const { done, value } = await this.#pieces.next(fileBytes)
    if (done) return 0
    try {
      this.#parser.write(value)
    } catch (error) {
      this.#failure ??= error
    }
    if (this.#failure) throw new ArchiveProblem(describeFailure(this.#failure))
    return value.length
  }
}

export const cutOff = () => new ArchiveProblem('it is cut off in the middle')

function describeFailure(error: unknown): string {
  const { message } = error as Error
  if (message.endsWith('checksum failure')) return 'a header in it is damaged: its checksum is wrong'
  return `a header in it is broken (${message})`
}
