import type { TensorFile } from 'modelhost'
import { wordAttributes } from './attributes.js'
import type { Engine } from './engine.js'
import { describingKernel } from './kernels/describing.js'
import { scoringKernel } from './kernels/scoring.js'
import { maxWords, wordBytes } from './kernels/tagging.js'
import type { MemoryWriter } from './memory-writer.js'
import type { TaggerModel } from './model-file.js'
import { wholeRow } from './program.js'
import { useModel } from './score-engine.js'
import type { WordTables } from './tables.js'
import { useTables } from './use-tables.js'

/**
 * Describes words, for all the models of a lane that share its tables. They come one after the other: a sentence is
 * described and scored before the next one.
 */
export interface WordEngine {
  readonly units: Uint16Array
  readonly lengths: Uint8Array
  /** Rows of all attributes, from the first word's on. */
  readonly rows: Uint8Array
  describe(count: number): void
}

const reach = 2
/** What packed weights are spread by. */
const spreadBytes = 2048

/** Puts word tables to work: in `writer` what a sentence needs, and in what is left of it a cache of words. */
export function createWordEngine(tables: WordTables, writer: MemoryWriter): WordEngine {
  const { memory } = writer
  const kernel = describingKernel.over(memory)
  useTables(kernel, tables, writer)
  const rows = writer.take((maxWords + 2 * reach) * wholeRow.bytes) + reach * wholeRow.bytes
  kernel.setRows(rows, wholeRow.bytes)
  kernel.setPlaces(writer.take(maxWords * 4), wholeRow.style)
  kernel.setNamePlaces(wholeRow.nameHash, wholeRow.names)
  const units = writer.take(maxWords * wordBytes)
  const lengths = writer.take(maxWords)
  kernel.setSentence(units, lengths)
  const entryBytes = wordAttributes.length * 8
  const entries = Math.floor((writer.left - 16) / entryBytes)
  if (entries < 1) throw new RangeError('The scratch of word tables has no room for a cache.')
  kernel.setCache(writer.take(entries * entryBytes), entries)
  return {
    units: new Uint16Array(memory.buffer, units, (maxWords * wordBytes) / 2),
    lengths: writer.bytes(lengths, maxWords),
    rows: writer.bytes(rows, (maxWords + reach) * wholeRow.bytes),
    describe: kernel.describe,
  }
}

/**
 * Puts a model to work whose word tables are in another memory: rows of attributes are handed over.
 *
 * @throws HostError ARTIFACT_INVALID when the lists of weights are not whole
 */
export function createSharedEngine(
  file: TensorFile,
  model: TaggerModel,
  words: WordEngine,
  writer: MemoryWriter,
): Engine {
  const kernel = scoringKernel.over(writer.memory)
  const findBad = model.isPacked ? kernel.findBadPacked : kernel.findBadBucket
  const { rows, engine, useCache } = useModel(kernel, file, model, true, writer, findBad)
  if (model.isPacked) kernel.setPacked(model.tags.length, writer.take(spreadBytes))
  kernel.setRows(rows, wholeRow.bytes)
  useCache(writer)
  const own = writer.bytes(rows, words.rows.length)
  return {
    ...engine,
    units: words.units,
    lengths: words.lengths,
    tag(count) {
      words.describe(count)
      // The two rows behind the last word are for what is outside.
      own.set(words.rows.subarray(0, (count + reach) * wholeRow.bytes))
      kernel.tag(count)
    },
  }
}
