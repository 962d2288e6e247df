import type { TensorFile } from 'modelhost'
import { addressOf } from 'modelhost/kernels'
import { invalid } from '../../_model/invalid.js'
import { wordAttributes } from './attributes.js'
import { anyTag, entryHeadBytes, lookupBytes, marginRows, type ScoreKernel, sumMargin } from './kernels/score-kernel.js'
import { maxWords } from './kernels/tagging.js'
import type { MemoryWriter } from './memory-writer.js'
import type { TaggerModel } from './model-file.js'
import { type Program, writeProgram } from './program.js'
import { transitionRows, transitionWidth } from './transitions.js'

/** A kernel that has a model's weights, and where it reads and writes by word. */
export interface ScoreEngine {
  readonly tagCount: number
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

/** What `useModel` prepared. */
export interface ModelAtWork {
  readonly program: Program
  /** The row of the first word. */
  readonly rows: number
  readonly engine: ScoreEngine
  /** Gives the cache all that is left of the scratch; the last step. */
  useCache(writer: MemoryWriter): void
}

const reach = 2
const offsets = 2 * reach + 1
/** A search goes through a whole bucket; ours have some 30 bytes. */
const maxBucketBytes = 4096
/** Of every attribute outside of a sentence. */
const outside = 0xffff_ffff_ffffn

const alignUp = (n: number, to: number) => Math.ceil(n / to) * to

/**
 * Has a kernel use a model, whose tensors are in its memory: tables of its own in `writer`.
 *
 * @param hasWholeRows  are rows written by another kernel, with all attributes?
 * @param findBad  looks for lists of weights that are not whole
 * @throws HostError ARTIFACT_INVALID when the lists of weights are not whole
 */
export function useModel(
  kernel: ScoreKernel,
  file: TensorFile,
  model: TaggerModel,
  hasWholeRows: boolean,
  writer: MemoryWriter,
  findBad = kernel.findBadBucket,
): ModelAtWork {
  const { memory } = writer
  if (model.starts.buffer !== memory.buffer) throw invalid(file, 'its tensors begin at odd addresses')
  useWeights(kernel, findBad, file, model, writer)
  const tagCount = model.tags.length
  // i16, in vectors of eight.
  const sumBytes = alignUp(tagCount, 8) * 2
  const program = writeProgram(model.templates, { sumBytes, firstSum: entryHeadBytes, hasWholeRows }, writer)
  kernel.setSingles(program.singles, program.singleCount)
  kernel.setTemplates(program.templates, program.templateCount)
  const rows = writer.take((maxWords + 2 * reach) * program.row.bytes) + reach * program.row.bytes
  const sums = writer.take((maxWords + 2 * sumMargin) * sumBytes)
  // Whole rows are wide enough, and not needed any more when the scores are there.
  const scores = hasWholeRows ? rows : writer.take(maxWords * sumBytes * 2)
  kernel.setScores(sums, sumBytes, scores)
  kernel.setLookups(writer.take(Math.max(program.templateCount, program.singleCount) * lookupBytes))
  const pathBytes = transitionWidth(tagCount) * 4
  const transitions = writer.write(transitionRows(model))
  kernel.setViterbi(tagCount, transitions, writer.take(maxWords * pathBytes), writer.take((maxWords * pathBytes) / 4))
  kernel.setMarginRows(writer.take(marginRows * pathBytes))
  const fixed = writer.take(maxWords)
  const tags = writer.take(maxWords)
  kernel.setTags(fixed, tags)
  const wanted = writer.take(tagCount)
  const margins = writer.take(maxWords * 4)
  const engine = {
    tagCount,
    fixed: writer.bytes(fixed, maxWords).fill(anyTag),
    tags: writer.bytes(tags, maxWords),
    scores: new Int32Array(memory.buffer, scores, (maxWords * sumBytes) / 2),
    wanted: writer.bytes(wanted, tagCount),
    margins: new Int32Array(memory.buffer, margins, maxWords),
    findMargins: (count: number) => kernel.margins(count, wanted, margins),
  }
  const keptCount = hasWholeRows ? 0 : program.keptCount
  return { program, rows, engine, useCache: rest => useCache(kernel, sumBytes, keptCount, rest) }
}

/**
 * Has a kernel use the weights of a model.
 *
 * @param findBad  says which of their buckets is not whole, from 1; 0 for none
 * @throws HostError ARTIFACT_INVALID
 */
function useWeights(
  kernel: ScoreKernel,
  findBad: ScoreKernel['findBadBucket'],
  file: TensorFile,
  { starts, lists, tags, isPacked }: TaggerModel,
  { memory }: MemoryWriter,
): void {
  const places = [addressOf(memory, starts), addressOf(memory, lists), starts.length - 1] as const
  const bad = findBad(...places, lists.length, tags.length, maxBucketBytes)
  const name = isPacked ? 'weights.packed' : 'weights.lists'
  if (bad !== 0) throw invalid(file, `bucket ${bad - 1} of "${name}" is not whole`)
  kernel.setWeights(...places)
}

function useCache(kernel: ScoreKernel, sumBytes: number, keptCount: number, writer: MemoryWriter): void {
  const attributes = writer.take(wordAttributes.length * 8)
  const kept = entryHeadBytes + offsets * sumBytes
  const entryBytes = alignUp(kept + keptCount * 8, 16)
  const entries = Math.floor((writer.left - 16) / entryBytes)
  // One for what is outside of sentences, the others for words.
  if (entries < 2) throw new RangeError('The scratch of a tagger has no room for its cache.')
  kernel.setCache(writer.take(entries * entryBytes), entryBytes, entries, kept)
  // What marks the host's own words has no meaning outside.
  new BigUint64Array(writer.memory.buffer, attributes, wordAttributes.length).fill(outside)
  new BigUint64Array(writer.memory.buffer, attributes, 1)[0] = 0n
  kernel.clearCache(attributes)
}
