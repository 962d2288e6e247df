import type { StringTable } from 'modelhost'
import { grown, roomFor } from '../_text/growing.js'
import type { StringIds } from './string-ids.js'

const wordCharacter = /[\p{L}\p{N}_]/u
// By UTF-16 unit, filled in as they are met.
const unseen = 0
const other = 1
const letter = 2
const classes = new Uint8Array(0x10000)

function isWordUnit(unit: number): boolean {
  if (classes[unit] === unseen) classes[unit] = wordCharacter.test(String.fromCharCode(unit)) ? letter : other
  return classes[unit] === letter
}

const isHighSurrogate = (unit: number) => unit >= 0xd800 && unit < 0xdc00

// Code points of the run that `endOfRun` saw last.
let runPoints = 0

/** The end of the run of word characters that begins at `start`; `start` where there is none. */
function endOfRun(text: string, start: number, end: number): number {
  let at = start
  runPoints = 0
  while (at < end) {
    const unit = text.charCodeAt(at)
    if (isHighSurrogate(unit) && at + 1 < end) {
      if (!wordCharacter.test(String.fromCodePoint(text.codePointAt(at)!))) break
      at += 2
    } else {
      if (!isWordUnit(unit)) break
      at++
    }
    runPoints++
  }
  return at
}

/** Tells each run of two or more word characters within `source[start..end)`. */
export function wordRuns(source: string, start: number, end: number, tell: (start: number, end: number) => void): void {
  for (let at = start; at < end; ) {
    const runEnd = endOfRun(source, at, end)
    if (runPoints >= 2) tell(at, runEnd)
    at = runEnd + 1
  }
}

/** Numbers of the strings that the vocabulary has; undefined where it has none of them. */
export function numbersOf(vocabulary: StringTable, strings: Iterable<string>): ReadonlySet<number> | undefined {
  const numbers = new Set<number>()
  for (const string of strings) {
    const number = vocabulary.find(string)
    if (number >= 0) numbers.add(number)
  }
  return numbers.size > 0 ? numbers : undefined
}

/** A word number and its count as one number, to be sorted: 32 bits and 21. */
const countRange = 1 << 21

/**
 * Counts of the vocabulary's words in a document: runs of two or more word characters (`(?u)\b\w\w+\b`) in its stems.
 *
 * @see scikit-learn, feature_extraction/text.py: CountVectorizer
 */
export class DocumentWords {
  /** Distinct words, rising; `length` of them. */
  words = new Uint32Array(64)
  counts = new Uint32Array(64)
  length = 0
  #stemCounts = new Uint32Array(64)
  #pairs = new Float64Array(64)

  /**
   * @param stems    number of each token's stem
   * @param ignored  words of the vocabulary that do not count
   */
  count(
    stems: Uint32Array,
    tokenCount: number,
    table: StringIds,
    vocabulary: StringTable,
    ignored: ReadonlySet<number> | undefined,
  ): void {
    this.#stemCounts = roomFor(this.#stemCounts, table.count)
    const stemCounts = this.#stemCounts.fill(0, 0, table.count)
    for (let token = 0; token < tokenCount; token++) stemCounts[stems[token]!]!++
    let pairs = 0
    for (let stem = 0; stem < table.count; stem++) {
      const source = table.sources[stem]!
      const end = table.ends[stem]!
      for (let at = table.starts[stem]!; at < end; ) {
        const runEnd = endOfRun(source, at, end)
        if (runPoints >= 2) {
          const word = vocabulary.find(source, at, runEnd)
          if (word >= 0 && !ignored?.has(word)) {
            this.#pairs = grown(this.#pairs, pairs + 1)
            this.#pairs[pairs++] = word * countRange + stemCounts[stem]!
          }
        }
        at = runEnd + 1
      }
    }
    this.#merge(pairs)
  }

  #merge(pairs: number): void {
    const sorted = this.#pairs.subarray(0, pairs).sort()
    this.words = roomFor(this.words, pairs)
    this.counts = roomFor(this.counts, pairs)
    this.length = 0
    for (let i = 0; i < pairs; i++) {
      const word = Math.floor(sorted[i]! / countRange)
      const count = sorted[i]! - word * countRange
      if (this.length > 0 && this.words[this.length - 1] === word) {
        this.counts[this.length - 1] = this.counts[this.length - 1]! + count
      } else {
        this.words[this.length] = word
        this.counts[this.length++] = count
      }
    }
  }
}
