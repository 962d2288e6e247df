import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Asset, TensorFile } from 'modelhost'
import { createSharedMemory, pageBytes } from 'modelhost/kernels'
import { tablesScratchBytes } from './tables-asset.js'
import { modelScratchBytes, openTagger, type Tagger, taggerScratchBytes } from './tagger.js'

/** Data begins at a multiple of this. */
const alignment = 16

/**
 * Reads a tagger into a memory of its own: for trainings and commands.
 *
 * @throws HostError ARTIFACT_INVALID, TENSOR_FILE_BROKEN
 */
export async function readTaggerFile(path: string | URL): Promise<Tagger> {
  return taggerOf(await readFile(path), basename(typeof path === 'string' ? path : fileURLToPath(path)))
}

/**
 * @param bytes   a tagger's file, as `encodeTensorFile` writes it
 * @param tables  the word tables that it was trained with, where they are a file of their own. @see tablesOf
 */
export function taggerOf(bytes: Uint8Array, name: string, tables?: Asset): Tagger {
  const file = imageOf(bytes, name, tables ? modelScratchBytes : taggerScratchBytes)
  return openTagger({ file, memory: file.memory, scratch: file.scratch, tables })
}

/** Word tables in a memory of their own, as a lane has them. @param bytes  a file of `tablesFile` */
export const tablesOf = (bytes: Uint8Array, name: string): Asset => imageOf(bytes, name, tablesScratchBytes)

/** A file and room to work in, in one memory. */
function imageOf(bytes: Uint8Array, name: string, scratchBytes: number): Asset {
  const scratchAt = Math.ceil((pageBytes + bytes.length) / alignment) * alignment
  const memory = createSharedMemory(scratchAt + scratchBytes)
  const copy = new Uint8Array(memory.buffer, pageBytes, bytes.length)
  copy.set(bytes)
  const tensors = new TensorFile(copy, name)
  const scratch = new Uint8Array(memory.buffer, scratchAt, scratchBytes)
  return { name, bytes: copy, tensors: () => tensors, memory, scratch }
}
