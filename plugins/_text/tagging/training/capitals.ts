import { capitalSteps } from '../tables.js'
import { buildValueTable, valueTensors } from '../value-table.js'
import type { WordHasher } from './word-hashes.js'

/** Occurrences of a word, and those with a capital. */
export interface CapitalCount {
  all: number
  capitalised: number
}

/** Fewer occurrences say nothing. */
const leastOccurrences = 3
/** Where the steps from never to always end, as shares. */
const stepEnds = [0.02, 0.2, 0.6, 0.9]
const opens = /^[.:!?"„“»«(*–-]$|^``$/
const letters = /^\p{L}[\p{L}\p{M}'’-]*$/u

/**
 * Counts how often words are written with a capital where they need not: not at the beginning of a sentence, and not where
 * all words are written so. Words all in capitals do not count.
 */
export class CapitalCounter {
  readonly counts = new Map<string, CapitalCount>()

  /** @param words  of one sentence, or of one tweet */
  add(words: readonly string[]): void {
    const plain = words.filter(word => letters.test(word))
    const small = plain.filter(word => word === word.toLowerCase()).length
    // Headlines and shouting.
    if (2 * small < plain.length) return
    for (const [i, word] of words.entries()) {
      if (i === 0 || opens.test(words[i - 1]!) || !letters.test(word)) continue
      const low = word.toLowerCase()
      const isCapitalised = word !== low
      if (isCapitalised && word.length > 1 && word === word.toUpperCase()) continue
      const count = this.counts.get(low) ?? { all: 0, capitalised: 0 }
      count.all++
      if (isCapitalised) count.capitalised++
      this.counts.set(low, count)
    }
  }
}

/** The tensors that have the share of capitals of each word, in five steps. @param counts  by words in lower case */
export function capitalTensors(counts: ReadonlyMap<string, Readonly<CapitalCount>>, hasher: WordHasher) {
  const known = [...counts].filter(([, { all }]) => all >= leastOccurrences)
  const steps = known.map(([, { all, capitalised }]) => 1 + stepEnds.filter(end => capitalised / all > end).length)
  const table = buildValueTable(hasher.hashWords(known.map(([word]) => word)), steps, capitalSteps)
  return valueTensors('capitals', table)
}
