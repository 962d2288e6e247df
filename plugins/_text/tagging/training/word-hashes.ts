import { createSharedMemory, pageBytes } from 'modelhost/kernels'
import { characterTensors, makeCharacterTables } from '../characters.js'
import { mix } from '../hashes.js'
import { featuresKernel } from '../kernels/features.js'
import { maxUnits } from '../kernels/tagging.js'
import { MemoryWriter } from '../memory-writer.js'
import { writeWord } from '../word-units.js'

/** Hashes words as the kernels do. */
export class WordHasher {
  readonly #kernel
  readonly #at: number
  readonly #units: Uint16Array

  constructor() {
    const tables = makeCharacterTables()
    const bytes = Object.values(characterTensors(tables)).reduce((sum, { byteLength }) => sum + byteLength, 0)
    const memory = createSharedMemory(2 * pageBytes + bytes)
    const writer = new MemoryWriter(memory, pageBytes, memory.buffer.byteLength)
    this.#kernel = featuresKernel.over(memory)
    const { pages, lower, upper, classes } = tables
    this.#kernel.setCharacters(writer.write(pages), writer.write(lower), writer.write(upper), writer.write(classes))
    this.#at = writer.take(2 * maxUnits)
    this.#units = new Uint16Array(memory.buffer, this.#at, maxUnits)
  }

  /** Two u32 a word, as value tables are built from. */
  hashWords(words: readonly string[]): Uint32Array {
    const hashes = new BigUint64Array(words.length)
    for (const [i, word] of words.entries()) {
      hashes[i] = BigInt.asUintN(64, this.#kernel.hashBackward(this.#at, this.#write(word)))
    }
    return new Uint32Array(hashes.buffer)
  }

  /** What tells a word in a name, in lower case and without dots and apostrophes; 0n where nothing is left. */
  hashNameWord(word: string): bigint {
    return BigInt.asUintN(64, this.#kernel.hashNameWord(this.#at, this.#write(word)))
  }

  #write(word: string): number {
    return writeWord(word, 0, word.length, this.#units, 0)
  }
}

/** As kernels/parts/gazetteers.as.ts has them: a name of several words, and one without its spaces. */
export const hashName = (words: readonly bigint[]): bigint => words.reduce(mix, 1n)
export const hashJoinedName = (word: bigint): bigint => mix(2n, word)
