import { encodeTensorFile, stringTable } from 'modelhost'
import type { Test } from 'tap'
import { folder } from './artifacts.js'

/** A DocSim model small enough to work out by hand: two directions, and one word between them. */
export const tinyWords = { impfung: [1, 0], masken: [0, 1], ärzte: [3, 4], klima: [-1, 0] }

export function tinyDocSimFile(): Uint8Array {
  const words = Object.keys(tinyWords)
  return encodeTensorFile({
    tensors: {
      ...stringTable('vocabulary', words),
      counts: new Uint32Array(words.length).fill(2),
      word_vectors: { data: Float32Array.from(Object.values(tinyWords).flat()), shape: [words.length, 2] },
    },
  })
}

export function tinyDocSim(t: Pick<Test, 'teardown'>, model: Uint8Array = tinyDocSimFile()): Promise<string> {
  return folder(t, { 'DocSim-params.json': '{"model_name": "DocSim", "vector_size": "2"}', 'DocSim-model': model })
}
