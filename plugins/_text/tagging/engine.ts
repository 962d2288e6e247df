import type { TensorFile } from 'modelhost'
import { addressOf } from 'modelhost/kernels'
import { invalid } from '../../_model/invalid.js'
import { wordAttributes } from './attributes.js'
import {
  anyTag,
  entryHeadBytes,
  marginRows,
  maxWords,
  type TaggingKernel,
  taggingKernel,
  wordBytes,
} from './kernels/tagging.js'
import type { MemoryWriter } from './memory-writer.js'
import type { TaggerModel } from './model-file.js'
import { sumRows, useTables, writeProgram } from './program.js'
import { transitionRows } from './transitions.js'

/** A kernel that is ready to tag, and where it wants the words of a sentence. */
export interface Engine {
  readonly kernel: TaggingKernel
  readonly tagCount: number
  /** `maxWords` times 64 units. */
  readonly units: Uint16Array
  readonly lengths: Uint8Array
  /** The one tag that a word may have, or `anyTag`. */
  readonly fixed: Uint8Array
  /** What `tag` answers. */
  readonly tags: Uint8Array
  /** Of the last sentence: rows of what the features of a word say for each tag, padded to a multiple of eight. */
  readonly scores: Int32Array
  /** By tag, 1 where `findMargins` is to say how sure it is. */
  readonly wanted: Uint8Array
  /** By word, of the last sentence, after `findMargins`. */
  readonly margins: Int32Array
  findMargins(count: number): void
}

const reach = 2
const offsets = 2 * reach + 1
/** A search goes through a whole bucket; ours have some 30 bytes. */
const maxBucketBytes = 4096
/** Of every attribute outside of a sentence. */
const outside = 0xffff_ffff_ffffn

const alignUp = (n: number, to: number) => Math.ceil(n / to) * to

/**
 * Puts a model to work: tables of its own in `scratch`, and in what is left of it the cache.
 *
 * @throws HostError ARTIFACT_INVALID when the lists of weights are not whole
 */
export function createEngine(file: TensorFile, model: TaggerModel, writer: MemoryWriter): Engine {
  const { memory } = writer
  if (model.starts.buffer !== memory.buffer) throw invalid(file, 'its tensors begin at odd addresses')
  const kernel = taggingKernel.over(memory)
  useWeights(kernel, file, model, writer)
  useTables(kernel, model.tables, writer)
  const tagCount = model.tags.length
  // i16, in vectors of eight.
  const sumBytes = alignUp(tagCount, 8) * 2
  const program = writeProgram(model.templates, { sumBytes, firstSum: entryHeadBytes }, writer)
  const attributes = writer.take(wordAttributes.length * 8)
  kernel.setSingles(program.singles, program.singleCount, attributes)
  kernel.setKept(program.kept, program.keptCount)
  kernel.setTemplates(program.templates, program.templateCount)
  const rows = writer.take((maxWords + 2 * reach) * program.rowBytes) + reach * program.rowBytes
  kernel.setRows(rows, program.rowBytes, writer.take(maxWords * 4))
  const sums = writer.take(sumRows(maxWords) * sumBytes)
  const scores = writer.take(maxWords * sumBytes * 2)
  kernel.setScores(sums, sumBytes, scores, writer.take(program.templateCount * 8))
  const pathBytes = alignUp(tagCount, 4) * 4
  const transitions = writer.write(transitionRows(model))
  kernel.setViterbi(tagCount, transitions, writer.take(maxWords * pathBytes), writer.take(maxWords * pathBytes))
  kernel.setMarginRows(writer.take(marginRows * pathBytes))
  const units = writer.take(maxWords * wordBytes)
  const lengths = writer.take(maxWords)
  const fixed = writer.take(maxWords)
  const tags = writer.take(maxWords)
  const wanted = writer.take(tagCount)
  const margins = writer.take(maxWords * 4)
  kernel.setSentence(units, lengths, fixed, tags)
  const kept = entryHeadBytes + offsets * sumBytes
  const entryBytes = alignUp(kept + program.keptCount * 8, 16)
  const entries = Math.floor((writer.left - 16) / entryBytes)
  // One for what is outside of sentences, the others for words.
  if (entries < 2) throw new RangeError('The scratch of a tagger has no room for its cache.')
  kernel.setCache(writer.take(entries * entryBytes), entryBytes, entries, kept)
  // What marks the host's own words has no meaning outside.
  new BigUint64Array(memory.buffer, attributes, wordAttributes.length).fill(outside)
  new BigUint64Array(memory.buffer, attributes, 1)[0] = 0n
  kernel.clearCache()
  return {
    kernel,
    tagCount,
    units: new Uint16Array(memory.buffer, units, (maxWords * wordBytes) / 2),
    lengths: writer.bytes(lengths, maxWords),
    fixed: writer.bytes(fixed, maxWords).fill(anyTag),
    tags: writer.bytes(tags, maxWords),
    scores: new Int32Array(memory.buffer, scores, (maxWords * sumBytes) / 2),
    wanted: writer.bytes(wanted, tagCount),
    margins: new Int32Array(memory.buffer, margins, maxWords),
    findMargins: count => kernel.margins(count, wanted, margins),
  }
}

function useWeights(kernel: TaggingKernel, file: TensorFile, model: TaggerModel, { memory }: MemoryWriter): void {
  const { starts, lists, tags } = model
  const places = [addressOf(memory, starts), addressOf(memory, lists), starts.length - 1] as const
  const bad = kernel.findBadBucket(...places, lists.length, tags.length, maxBucketBytes)
  if (bad !== 0) throw invalid(file, `bucket ${bad - 1} of "weights.lists" is not whole`)
  kernel.setWeights(...places)
}
