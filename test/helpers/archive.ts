import { gzipSync } from 'node:zlib'
import { formatTarHeader, tarEnd, tarPadding } from '../../core/store/archive/tar-format.js'
import type { Files } from './artifacts.js'

/** A tar.gz with these files. */
export function archiveOf(files: Files): Buffer {
  const parts = Object.entries(files).flatMap(([name, content]) => {
    const body = Buffer.from(content as string)
    return [formatTarHeader(name, body.length), body, tarPadding(body.length)]
  })
  return gzipSync(Buffer.concat([...parts, tarEnd]))
}
