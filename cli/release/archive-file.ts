import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Readable } from 'node:stream'

/** An archive on this machine, and what S3 wants to know of it first. */
export interface ArchiveFile {
  readonly bytes: number
  readonly sha256: Buffer
  readonly md5: Buffer
  open(): Readable
}

/**
 * Writes an archive into a new file.
 *
 * @throws whatever `content` throws; errors of the disk as Node has them
 */
export async function writeArchive(path: string, content: AsyncIterable<Uint8Array>): Promise<ArchiveFile> {
  const sha256 = createHash('sha256')
  const md5 = createHash('md5')
  let bytes = 0
  const file = await open(path, 'w', 0o600)
  try {
    for await (const piece of content) {
      sha256.update(piece)
      md5.update(piece)
      bytes += piece.length
      for (let done = 0; done < piece.length; ) done += (await file.write(piece, done)).bytesWritten
    }
  } finally {
    await file.close()
  }
  return { bytes, sha256: sha256.digest(), md5: md5.digest(), open: () => createReadStream(path) }
}
