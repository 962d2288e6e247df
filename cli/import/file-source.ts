import { closeSync, fstatSync } from 'node:fs'
import { openToRead, readFully } from '../../core/file-io.js'
import type { ByteSource } from './byte-source.js'
import { ImportError } from './import-error.js'

export interface FileSource extends ByteSource {
  readonly path: string
  close(): void
}

/** @throws ImportError where there is no such file, or it is none; errors of the disk as Node has them */
export function openFile(path: string): FileSource {
  const descriptor = open(path)
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

function open(path: string): number {
  try {
    return openToRead(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') throw new ImportError(`there is no file ${path}.`)
    if (code === 'EACCES') throw new ImportError(`${path} may not be read by this user.`)
    throw error
  }
}
