import { createSharedMemory, pageBytes } from 'modelhost/kernels'
import { type Template, wordAttributes } from '../attributes.js'
import { type FeaturesKernel, featuresKernel } from '../kernels/features.js'
import { maxUnits, maxWords, wordBytes } from '../kernels/tagging.js'
import { MemoryWriter } from '../memory-writer.js'
import { writeProgram } from '../program.js'
import type { WordTables } from '../tables.js'
import { useTables } from '../use-tables.js'
import { writeWord } from '../word-units.js'

const reach = 2
const workBytes = 8 << 20

/** Words to features, by the kernel that serves tagging too. */
export class Describer {
  readonly #kernel: FeaturesKernel
  readonly #units: Uint16Array
  readonly #lengths: Uint8Array
  readonly #hashes: Uint32Array
  readonly #templates: number

  constructor(tables: WordTables, templates: readonly Template[]) {
    const memory = createSharedMemory(pageBytes + tableBytes(tables) + workBytes)
    const writer = new MemoryWriter(memory, pageBytes, memory.buffer.byteLength)
    const kernel = featuresKernel.over(memory)
    useTables(kernel, tables, writer)
    const program = writeProgram(templates, { sumBytes: 0, firstSum: 0, hasWholeRows: false }, writer)
    kernel.setTemplates(program.templates, program.templateCount)
    kernel.setKept(program.kept, program.keptCount, writer.take(wordAttributes.length * 8))
    const { row } = program
    kernel.setRows(writer.take((maxWords + 2 * reach) * row.bytes) + reach * row.bytes, row.bytes)
    kernel.setPlaces(writer.take(maxWords * 4), row.style)
    kernel.setNamePlaces(row.nameHash, row.names)
    const [units, lengths] = [writer.take(maxWords * wordBytes), writer.take(maxWords)]
    const hashes = writer.take(maxWords * program.templateCount * 8)
    kernel.setSentence(units, lengths, hashes)
    this.#kernel = kernel
    this.#units = new Uint16Array(memory.buffer, units, maxWords * maxUnits)
    this.#lengths = new Uint8Array(memory.buffer, lengths, maxWords)
    this.#hashes = new Uint32Array(memory.buffer, hashes, maxWords * program.templateCount * 2)
    this.#templates = program.templateCount
  }

  /** @returns two u32 a word and template, as `expandTemplates` has them, the first 0 where there is no feature; valid until the next call */
  describe(words: readonly string[]): Uint32Array {
    for (const [i, word] of words.entries()) {
      this.#lengths[i] = writeWord(word, 0, word.length, this.#units, i * maxUnits)
    }
    this.#kernel.describe(words.length)
    return this.#hashes.subarray(0, words.length * this.#templates * 2)
  }
}

function tableBytes({ lexicon, clusters, capitals, gazetteers }: WordTables): number {
  const tables = [lexicon, clusters, capitals, gazetteers]
  return tables.reduce((sum, { starts, entries }) => sum + starts.byteLength + entries.byteLength, 0)
}
