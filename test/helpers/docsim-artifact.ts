import { type Artifact, encodeTensorFile, type Static, stringTable, TensorFile } from 'modelhost'
import { createSharedMemory, pageBytes } from 'modelhost/kernels'
import type { Test } from 'tap'
import { Value } from 'typebox/value'
import { Preprocessor } from '../../plugins/_text/preprocess.js'
import { SearchTerms } from '../../plugins/_text/search-terms.js'
import { stemmerOf } from '../../plugins/_text/stem.js'
import docsim from '../../plugins/docsim/index.js'
import { type DocSimModel, readModel } from '../../plugins/docsim/model.js'
import { searchScratchBytes } from '../../plugins/docsim/search/document-search.js'
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

export type DocSimParams = Static<typeof docsim.params>
export const docSimDefaults = Value.Default(docsim.params, {}) as DocSimParams

/** A model file in an image of its own, read with these params. */
export function openDocSim(file: Uint8Array, changes: Partial<DocSimParams> = {}): DocSimModel {
  const params = { ...docSimDefaults, ...changes }
  const scratchBytes = params.search === 'none' ? 0 : searchScratchBytes(params.vector_size)
  const scratchAt = pageBytes + Math.ceil(file.length / 64) * 64
  const memory = createSharedMemory(scratchAt + scratchBytes)
  const bytes = new Uint8Array(memory.buffer, pageBytes, file.length)
  bytes.set(file)
  const model = new TensorFile(bytes, 'DocSim-model')
  const scratch = new Uint8Array(memory.buffer, scratchAt, scratchBytes)
  const stem = params.normalization === 'stemming' ? stemmerOf(params.language) : undefined
  const preprocessor = new Preprocessor(params, stem)
  const terms = new SearchTerms(params, stemmerOf(params.language))
  return readModel({ model, memory, scratch } as Artifact, { settings: params, preprocessor }, terms)
}
