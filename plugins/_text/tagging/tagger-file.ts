import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { TensorFile } from 'modelhost'
import { createSharedMemory, pageBytes } from 'modelhost/kernels'
import { openTagger, type Tagger, taggerScratchBytes } from './tagger.js'

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

/** @param bytes  a tagger's file, as `encodeTensorFile` writes it */
export function taggerOf(bytes: Uint8Array, name: string): Tagger {
  const scratchAt = Math.ceil((pageBytes + bytes.length) / alignment) * alignment
  const memory = createSharedMemory(scratchAt + taggerScratchBytes)
  const copy = new Uint8Array(memory.buffer, pageBytes, bytes.length)
  copy.set(bytes)
  const tensors = new TensorFile(copy, name)
  const file = { name, bytes: copy, tensors: () => tensors }
  return openTagger({ file, memory, scratch: new Uint8Array(memory.buffer, scratchAt, taggerScratchBytes) })
}
