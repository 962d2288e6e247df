import { fail } from 'modelhost'
import { doubled, roomFor } from '../../_text/growing.js'
import { Matcher } from './matcher.js'
import { parseGrammar } from './parse-grammar.js'

/** Stretches of a document's tokens, each from `first[i]` to `last[i]`, both included. */
export interface Chunks {
  readonly count: number
  readonly first: Uint32Array
  readonly last: Uint32Array
}

/** The label whose chunks count. */
export const countedLabel = 'NP'
/** Tags and labels are numbered in a byte. */
export const maxTags = 200
/** Of tokens of a sentence, and of chunks. */
const maxKept = 20_000
/** States of all rules over a document, some seconds; the grammar of the original has 2 million for 200,000 tokens. */
const maxStates = 1 << 26
const tooMuch = 'The text is too long for the grammar of this model, which takes too many steps. Send it in parts.'

interface CompiledStage {
  readonly matchers: readonly Matcher[]
  /** The number that a chunk of this stage has for a tag. */
  readonly symbol: number
  readonly isCounted: boolean
}

/**
 * Finds the chunks of a grammar in sentences, as NLTK's `RegexpParser` does with one loop: each rule by a greedy,
 * leftmost search that does not overlap, on what is in no chunk of its stage yet; a later stage sees the chunks before
 * it as single tokens that have the label for a tag.
 *
 * Time is linear in the sentence, whatever the grammar.
 *
 * @see NLTK, nltk/chunk/regexp.py
 */
export class Chunker {
  readonly #stages: readonly CompiledStage[]
  readonly #isSimple: boolean
  // Of the sentence, in the stage that is under way: symbols and token ranges, and those of the next stage.
  #items = new Items()
  #next = new Items()
  #taken = new Uint8Array(0)
  #found = new Spans()
  #row = new Uint8Array(0)
  // Of the document.
  #states = 0

  /**
   * @param tags  names of the tags, in the order of their numbers; at most 200
   * @throws GrammarError
   */
  constructor(grammar: string, tags: readonly string[]) {
    const stages = parseGrammar(grammar)
    const labels = [...new Set(stages.map(({ label }) => label))]
    // A tag that is called like a label is the same to a rule.
    const symbols = [...tags, ...labels.filter(label => !tags.includes(label))]
    this.#stages = stages.map(({ label, rules }) => ({
      matchers: rules.map(({ program, tagTests }) => {
        const table = Uint8Array.from(tagTests.flatMap(test => symbols.map(symbol => Number(test(symbol)))))
        return new Matcher(program, { table, symbolCount: symbols.length })
      }),
      symbol: symbols.indexOf(label),
      isCounted: label === countedLabel,
    }))
    this.#isSimple = stages.length === 1
  }

  /** Forgets the chunks, and gives back what a large document needed. To be called when one is done with. */
  reset(): void {
    this.#found.count = 0
    this.#states = 0
    for (const { matchers } of this.#stages) for (const matcher of matchers) matcher.close()
    if (this.#taken.length > maxKept) {
      this.#items = new Items()
      this.#next = new Items()
      this.#taken = new Uint8Array(0)
      this.#row = new Uint8Array(0)
    }
    if (this.#found.first.length > maxKept) this.#found = new Spans()
  }

  /**
   * Adds the chunks of one sentence, tokens `from` to `to` of the document, in the order of their beginnings.
   *
   * @throws HostError REQUEST_INVALID where the document is too long for the grammar
   */
  add(tags: Uint8Array, from: number, to: number): void {
    const begin = this.#found.count
    this.#items.fill(tags, from, to)
    for (const stage of this.#stages) this.#run(stage)
    // Outer ones before those that they hold.
    if (!this.#isSimple) this.#found.sortFrom(begin)
  }

  /** The chunks labelled NP of all sentences since `reset`; valid until the next one is added. */
  get chunks(): Chunks {
    return this.#found
  }

  #run({ matchers, symbol, isCounted }: CompiledStage): void {
    const { count } = this.#items
    this.#taken = roomFor(this.#taken, count)
    // Of each item: 0 free, 1 in a chunk, 2 the first of one.
    const taken = this.#taken.fill(0, 0, count)
    for (const matcher of matchers) this.#apply(matcher, taken, count)
    this.#collect(taken, symbol, isCounted)
  }

  /** One rule, on each row of items that are in no chunk. */
  #apply(matcher: Matcher, taken: Uint8Array, count: number): void {
    const { symbols } = this.#items
    for (let from = 0; from < count; from++) {
      if (taken[from] !== 0) continue
      let to = from + 1
      while (to < count && taken[to] === 0) to++
      this.#states += matcher.statesOf(to - from)
      if (this.#states > maxStates) throw fail('REQUEST_INVALID', { problem: tooMuch })
      const row = from === 0 ? symbols : this.#rowOf(symbols, from, to)
      matcher.open(row, to - from)
      for (let at = 0; at < to - from; ) {
        const end = matcher.matchAt(at)
        if (end < 0) {
          at++
          continue
        }
        taken.fill(1, from + at, from + end)
        taken[from + at] = 2
        at = end
      }
      from = to
    }
  }

  #rowOf(symbols: Uint8Array, from: number, to: number): Uint8Array {
    this.#row = roomFor(this.#row, to - from)
    this.#row.set(symbols.subarray(from, to))
    return this.#row
  }

  /** Makes one item of each chunk. */
  #collect(taken: Uint8Array, symbol: number, isCounted: boolean): void {
    const items = this.#items
    const next = this.#next
    next.reset(items.count)
    for (let i = 0; i < items.count; ) {
      let end = i + 1
      if (taken[i] === 2) {
        while (end < items.count && taken[end] === 1) end++
        if (isCounted) this.#found.add(items.first[i]!, items.last[end - 1]!)
        next.add(symbol, items.first[i]!, items.last[end - 1]!)
      } else {
        next.add(items.symbols[i]!, items.first[i]!, items.last[i]!)
      }
      i = end
    }
    this.#items = next
    this.#next = items
  }
}

/** What a stage sees: tokens, and the chunks of the stages before it. */
class Items {
  symbols = new Uint8Array(64)
  first = new Uint32Array(64)
  last = new Uint32Array(64)
  count = 0

  reset(most: number): void {
    this.count = 0
    this.symbols = roomFor(this.symbols, most)
    this.first = roomFor(this.first, most)
    this.last = roomFor(this.last, most)
  }

  add(symbol: number, first: number, last: number): void {
    this.symbols[this.count] = symbol
    this.first[this.count] = first
    this.last[this.count] = last
    this.count++
  }

  fill(tags: Uint8Array, from: number, to: number): void {
    this.reset(to - from)
    for (let token = from; token < to; token++) this.add(tags[token]!, token, token)
  }
}

class Spans implements Chunks {
  first = new Uint32Array(64)
  last = new Uint32Array(64)
  count = 0

  add(first: number, last: number): void {
    if (this.count === this.first.length) {
      this.first = doubled(this.first)
      this.last = doubled(this.last)
    }
    this.first[this.count] = first
    this.last[this.count] = last
    this.count++
  }

  sortFrom(begin: number): void {
    const order = Array.from({ length: this.count - begin }, (_, i) => [this.first[begin + i]!, this.last[begin + i]!])
    order.sort(([a, b], [c, d]) => a! - c! || d! - b!)
    for (const [i, [first, last]] of order.entries()) {
      this.first[begin + i] = first!
      this.last[begin + i] = last!
    }
  }
}
