import type { TensorFile } from 'modelhost'
import { wordAttributes } from './attributes.js'
import { maxWords, taggingKernel, wordBytes } from './kernels/tagging.js'
import type { MemoryWriter } from './memory-writer.js'
import type { TaggerModel } from './model-file.js'
import { type ScoreEngine, useModel } from './score-engine.js'
import type { WordTables } from './tables.js'
import { useTables } from './use-tables.js'

/** What is ready to tag, and where it wants the words of a sentence. */
export interface Engine extends ScoreEngine {
  /** `maxWords` times 64 units. */
  readonly units: Uint16Array
  readonly lengths: Uint8Array
  /** Tags a sentence of 1 to 256 words. */
  tag(count: number): void
}

/**
 * Puts a model to work that has its word tables in its own memory: what the kernel works with in `writer`, and in what is
 * left of it the cache.
 *
 * @throws HostError ARTIFACT_INVALID when the lists of weights are not whole
 */
export function createEngine(file: TensorFile, model: TaggerModel, tables: WordTables, writer: MemoryWriter): Engine {
  const { memory } = writer
  const kernel = taggingKernel.over(memory)
  const { program, rows, engine, useCache } = useModel(kernel, file, model, false, writer)
  useTables(kernel, tables, writer)
  kernel.setKept(program.kept, program.keptCount)
  kernel.setRows(rows, program.row.bytes)
  kernel.setPlaces(writer.take(maxWords * 4), program.row.style)
  kernel.setNamePlaces(program.row.nameHash, program.row.names)
  const units = writer.take(maxWords * wordBytes)
  const lengths = writer.take(maxWords)
  kernel.setSentence(units, lengths, writer.take(wordAttributes.length * 8))
  useCache(writer)
  return {
    ...engine,
    units: new Uint16Array(memory.buffer, units, (maxWords * wordBytes) / 2),
    lengths: writer.bytes(lengths, maxWords),
    tag: kernel.tag,
  }
}
