/** Tar archives, written so that the same files make the same bytes: no times, owners or modes of this machine. */
import { Header } from 'tar/header'
import { Pax } from 'tar/pax'

const blockBytes = 512

/** Blocks that come before a file's bytes: an extended header too, where the old one cannot hold all. */
export function formatTarHeader(path: string, size: number): Buffer {
  const header = new Header({ path, size, type: 'File', mode: 0o644, uid: 0, gid: 0, mtime: new Date(0) })
  const block = Buffer.alloc(blockBytes)
  const needsPax = header.encode(block)
  return needsPax ? Buffer.concat([new Pax({ path, size }).encode(), block]) : block
}

/** What fills the last block of a file of this size. */
export const tarPadding = (size: number): Buffer => Buffer.alloc(-size & (blockBytes - 1))

export const tarEnd: Buffer = Buffer.alloc(2 * blockBytes)
