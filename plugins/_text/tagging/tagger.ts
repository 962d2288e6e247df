import type { ArtifactFile, Asset } from 'modelhost'
import type { SharedMemory } from 'modelhost/kernels'
import { invalid } from '../../_model/invalid.js'
import { type Tokens, tokenKind } from '../tokens/tokens.js'
import { createEngine, type Engine } from './engine.js'
import { anyTag } from './kernels/score-kernel.js'
import { maxUnits, maxWords } from './kernels/tagging.js'
import { MemoryWriter } from './memory-writer.js'
import { readTaggerModel, type TaggerModel } from './model-file.js'
import { createSharedEngine } from './shared-engine.js'
import { readWordTables } from './tables.js'
import { openTables } from './tables-asset.js'
import { writeWord } from './word-units.js'

/** A tagger's file and room to work in, of this thread's own, in the same memory. */
export interface TaggerSource {
  readonly file: ArtifactFile
  readonly memory: SharedMemory
  /** `taggerScratchBytes`; where the tables are apart, `modelScratchBytes`. */
  readonly scratch: Uint8Array
  /** The word tables that the tagger was trained with, where they are a file of their own, with `tablesScratchBytes`. */
  readonly tables?: Asset | undefined
}

/**
 * How sure a tagger is of what it found, to be told with it: by how much the best sequence of tags beats the best one
 * without the span that a word is in, in units of what was learned. A span goes on behind tags that may not end a
 * sentence; where all may, each word is one.
 */
export interface Margins {
  /** By tag, 1 where words of it get their margin. */
  readonly wanted: Uint8Array
  /** Gets one number a token, at least 0; of words with other tags it keeps what it has. */
  readonly out: Float32Array
}

/** Gives words their parts of speech. */
export interface Tagger {
  /** Names of tags by their number, e.g. NOUN. SPACE, of white space, is among them. */
  readonly tags: readonly string[]
  readonly language: string
  readonly version: string
  /** SHA-256 of what the tagger knows, in hexadecimal digits. */
  readonly hash: string
  /**
   * Tags the tokens of a text. Tokens of white space are SPACE, and no others see them. A sentence of more than 256 words
   * is tagged in pieces; of a word of more than 64 units, the first and last 32 count.
   *
   * @param out    gets one number a token
   * @param fixed  of each token the one tag that it may have, or `anyTag`; without it the model decides on all
   * @param margins  asks how sure the tagger is
   */
  tag(text: string, tokens: Tokens, out: Uint8Array, fixed?: Uint8Array, margins?: Margins): void
  /** Tags one sentence of the caller's own words. */
  tagWords(words: readonly string[], out: Uint8Array, fixed?: Uint8Array, margins?: Margins): void
}

/** 2 MiB: some 250 KB to work in, the rest remembers some 5,000 words. */
export const taggerScratchBytes = 2 ** 21
/** Of a tagger whose tables are apart: with 13 tags some 130 KB to work in, the rest remembers what 900 words weigh. */
export const modelScratchBytes = 288 * 2 ** 10

const spaceTag = 'SPACE'
const isSpace = /^\s+$/u

const opened = new WeakMap<SharedMemory, Map<string, Tagger>>()

/**
 * Opens a tagger. Without `tables` its file has them. Its cache begins empty; whoever opens the same file with the same scratch again gets the same tagger.
 *
 * @throws HostError ARTIFACT_INVALID, TENSOR_FILE_BROKEN
 */
export function openTagger(source: TaggerSource): Tagger {
  const { file, memory, scratch } = source
  const taggers = opened.get(memory) ?? new Map<string, Tagger>()
  opened.set(memory, taggers)
  const key = `${scratch.byteOffset} ${file.bytes.byteOffset}`
  const known = taggers.get(key)
  if (known) return known
  const tagger = createTagger(source)
  // What had the same scratch before is overwritten.
  for (const other of taggers.keys()) if (other.startsWith(`${scratch.byteOffset} `)) taggers.delete(other)
  taggers.set(key, tagger)
  return tagger
}

function createTagger(source: TaggerSource): Tagger {
  const model = readTaggerModel(source.file.tensors())
  const engine = openEngine(source, model)
  const tags = model.tags.includes(spaceTag) ? model.tags : [...model.tags, spaceTag]
  const space = tags.indexOf(spaceTag)
  const { language, version, hash } = model
  const piece = new Piece(engine, model.scale)
  return {
    tags,
    language,
    version,
    hash,
    tag(text, tokens, out, fixed, margins) {
      piece.begin(margins)
      const { starts, ends, kinds, sentenceCount, sentenceEnds } = tokens
      for (let sentence = 0, i = 0; sentence < sentenceCount; sentence++) {
        for (const sentenceEnd = sentenceEnds[sentence]!; i < sentenceEnd; i++) {
          if (kinds[i] === tokenKind.space) out[i] = space
          else piece.add(text, starts[i]!, ends[i]!, i, out, fixed)
        }
        piece.end(out)
      }
    },
    tagWords(words, out, fixed, margins) {
      piece.begin(margins)
      for (const [i, word] of words.entries()) {
        if (word === '' || isSpace.test(word)) out[i] = space
        else piece.add(word, 0, word.length, i, out, fixed)
      }
      piece.end(out)
    },
  }
}

function openEngine({ file, memory, scratch, tables }: TaggerSource, model: TaggerModel): Engine {
  const tensors = file.tensors()
  const writer = new MemoryWriter(memory, scratch.byteOffset, scratch.byteOffset + scratch.length)
  if (tables === undefined && model.tablesHash === undefined) {
    return createEngine(tensors, model, readWordTables(tensors), writer)
  }
  const words = openTables(tables, model.tablesHash, tensors)
  try {
    return createSharedEngine(tensors, model, words, writer)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    const size = `${model.tags.length} tags and ${model.templates.length} templates`
    throw invalid(tensors, `its ${size} need more room than a model with shared word tables has`)
  }
}

/** Words of a sentence on their way to the kernel. */
class Piece {
  readonly #engine: Engine
  /** Where each word's tag goes. */
  readonly #places = new Uint32Array(maxWords)
  #count = 0
  #margins: Margins | undefined

  constructor(
    engine: Engine,
    /** Of margins. */
    private readonly scale: number,
  ) {
    this.#engine = engine
  }

  begin(margins: Margins | undefined): void {
    // More than 0 where the text before could not be read to its end.
    this.#count = 0
    this.#margins = margins
    const { wanted, tagCount } = this.#engine
    if (margins) wanted.fill(0).set(margins.wanted.subarray(0, tagCount))
  }

  /** Adds a word, `text[start..end)`, and tags what is there when that is a whole piece. */
  add(text: string, start: number, end: number, place: number, out: Uint8Array, fixedTags?: Uint8Array): void {
    if (this.#count === maxWords) this.end(out)
    const { units, lengths, fixed, tagCount } = this.#engine
    const only = fixedTags ? fixedTags[place]! : anyTag
    fixed[this.#count] = only < tagCount ? only : anyTag
    lengths[this.#count] = writeWord(text, start, end, units, this.#count * maxUnits)
    this.#places[this.#count++] = place
  }

  end(out: Uint8Array): void {
    if (this.#count === 0) return
    this.#engine.tag(this.#count)
    const { tags } = this.#engine
    for (let i = 0; i < this.#count; i++) out[this.#places[i]!] = tags[i]!
    if (this.#margins) this.#writeMargins(this.#margins)
    this.#count = 0
  }

  #writeMargins({ wanted, out }: Margins): void {
    this.#engine.findMargins(this.#count)
    const { tags, margins } = this.#engine
    for (let i = 0; i < this.#count; i++) {
      if (wanted[tags[i]!] === 1) out[this.#places[i]!] = margins[i]! * this.scale
    }
  }
}
