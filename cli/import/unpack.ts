import { createReadStream, createWriteStream } from 'node:fs'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { formatBytes } from '../../core/quantities.js'
import { ImportError } from './import-error.js'
import type { UnpackLimits } from './limits.js'

const freeBytes = 16 << 20

/**
 * Unpacks gzip into a file, so that what comes of it takes no memory.
 *
 * @param bytes  size of the packed file
 * @throws ImportError where it is damaged, or becomes too large
 */
export async function unpackFile(path: string, bytes: number, target: string, limits: UnpackLimits): Promise<void> {
  const { maxUnpackedBytes, maxUnpackRatio } = limits
  let total = 0
  const bound = new Transform({
    transform(chunk: Buffer, _, done) {
      total += chunk.length
      done(findExcess(total) ?? null, chunk)
    },
  })
  const findExcess = (unpacked: number): ImportError | undefined => {
    if (unpacked > maxUnpackedBytes)
      return new ImportError(
        `unpacked it has more than ${formatBytes(maxUnpackedBytes)}. If it should, raise --max-unpacked-bytes.`,
      )
    if (unpacked > freeBytes && unpacked > bytes * maxUnpackRatio)
      return new ImportError(
        `its ${bytes} bytes unpack to more than ${maxUnpackRatio} times as many. If they should, raise --max-unpack-ratio.`,
      )
    return undefined
  }
  try {
    await pipeline(createReadStream(path), createGunzip(), bound, createWriteStream(target, { flags: 'wx' }))
  } catch (error) {
    if (error instanceof ImportError) throw error
    const { code = '', message } = error as NodeJS.ErrnoException
    if (!code.startsWith('Z_')) throw error
    throw new ImportError(`it begins as gzip and cannot be unpacked (${message}). It is damaged or cut off.`)
  }
}
