import { closeSync, fstatSync } from 'node:fs'
import { openToRead, readFully } from '../../core/file-io.js'
import type { ByteSource } from './byte-source.js'
import { ImportError } from './import-error.js'

export interface FileSource extends ByteSource {
  readonly path: string
  close(): void
}

/** @throws ImportError for a folder; errors of the disk as Node has them */
export function openFile(path: string): FileSource {
  const descriptor = openToRead(path)
  const stat = fstatSync(descriptor)
  if (!stat.isFile()) {
    closeSync(descriptor)
    throw new ImportError(`${path} is ${stat.isDirectory() ? 'a folder' : 'no regular file'}. Name the model's file.`)
  }
  return {
    path,
    bytes: stat.size,
    read(start, target) {
      const found = readFully(descriptor, target, start)
      if (found < target.length) throw new ImportError(`${path} became shorter while it was read. Import it again.`)
    },
    close: () => closeSync(descriptor),
  }
}
