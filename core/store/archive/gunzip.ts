import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { ArchiveProblem } from './archive-problem.js'

// Of Node's default, 16 KiB, each piece costs as much as one of these.
const chunkBytes = 1 << 18
/** Small files of one letter are no bombs. */
const freeBytes = 16 << 20

/**
 * What is in a gzip stream, of one member or several.
 *
 * @param maxRatio  bytes that one byte may become, beyond the first 16 MiB
 * @throws ArchiveProblem where it is broken, cut off, or followed by something else; whatever `source` throws
 */
export async function* gunzip(source: AsyncIterable<Uint8Array>, maxRatio: number): AsyncGenerator<Uint8Array> {
  const unzip = createGunzip({ chunkSize: chunkBytes })
  let given = 0
  let failure: { error: unknown } | undefined
  const feed = async function* () {
    try {
      for await (const chunk of source) {
        given += chunk.length
        yield chunk
      }
    } catch (error) {
      failure = { error }
      throw error
    }
  }
  // Its errors come out of `unzip` too.
  pipeline(feed(), unzip, () => {})
  let made = 0
  try {
    for await (const chunk of unzip as AsyncIterable<Buffer>) {
      made += chunk.length
      if (made > freeBytes && made > unzip.bytesWritten * maxRatio) {
        throw new ArchiveProblem(`each of its bytes becomes more than ${maxRatio} (--max-archive-ratio)`)
      }
      yield chunk
    }
  } catch (error) {
    if (failure) throw failure.error
    throw isZlibError(error) ? new ArchiveProblem(describeZlibError(error)) : error
  } finally {
    unzip.destroy()
  }
  if (unzip.bytesWritten < given) throw new ArchiveProblem('something follows the end of its gzip stream')
}

const isZlibError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && ((error as NodeJS.ErrnoException).code ?? '').startsWith('Z_')

function describeZlibError({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'Z_BUF_ERROR') return 'it is cut off in the middle'
  if (/incorrect (data|length) check/.test(message)) return 'its gzip checksum does not fit its bytes'
  return `its gzip stream is broken (${message})`
}
