import { doubled } from '../../_text/growing.js'
import { operation, type Program } from './program.js'

/** Which symbols each atom matches: `table[atom * symbolCount + symbol]` is 1 where it does. */
export interface AtomTable {
  readonly table: Uint8Array
  readonly symbolCount: number
}

const none: Uint8Array = new Uint8Array(0)

/** What one long row needed is given up again: 256 KB, and twice that for the stack. */
const maxKept = 1 << 16

/**
 * Finds what a backtracking regular expression finds, the leftmost match and of those at one place the preferred one,
 * in linear time: a state (place, instruction, level) that has failed once will always fail, so no state is looked at
 * twice, however many places a search begins at.
 *
 * A match of nothing is none.
 */
export class Matcher {
  // A bit a state; cleared for each row of symbols.
  #seen = new Uint32Array(64)
  // Alternatives that are left to try.
  #stack = new Float64Array(64)
  #symbols = none
  #length = 0

  constructor(
    private readonly program: Program,
    private readonly atoms: AtomTable,
  ) {}

  /** States that a row of so many symbols has: each is looked at once at most. */
  statesOf(length: number): number {
    return (length + 1) * this.program.operations.length * this.program.levels
  }

  /** Takes up a row of symbols: numbers below `symbolCount`. */
  open(symbols: Uint8Array, length: number): void {
    const words = Math.ceil(this.statesOf(length) / 32)
    if (words > this.#seen.length) this.#seen = new Uint32Array(words * 2)
    else this.#seen.fill(0, 0, words)
    this.#symbols = symbols
    this.#length = length
  }

  /** Gives back what long rows needed. */
  close(): void {
    if (this.#seen.length > maxKept) this.#seen = new Uint32Array(64)
    if (this.#stack.length > maxKept) this.#stack = new Float64Array(64)
    this.#symbols = none
    this.#length = 0
  }

  /**
   * The match that begins at `from`. To be asked for rising places, each behind the match before.
   *
   * @param isWhole  must it take all symbols?
   * @returns where it ends; -1 where there is none
   */
  matchAt(from: number, isWhole = false): number {
    const { operations, first, second, levels } = this.program
    const { table, symbolCount } = this.atoms
    const symbols = this.#symbols
    const length = this.#length
    const seen = this.#seen
    const states = operations.length * levels
    let depth = 0
    let at = from
    let pc = 0
    let level = 0
    for (;;) {
      const state = at * states + pc * levels + level
      const bit = 1 << (state % 32)
      const word = Math.floor(state / 32)
      let fails = (seen[word]! & bit) !== 0
      if (!fails) {
        seen[word] = seen[word]! | bit
        switch (operations[pc]) {
          case operation.take:
            fails = at === length || table[first[pc]! * symbolCount + symbols[at]!] === 0
            at++
            pc++
            level = levels - 1
            break
          case operation.split:
            if (depth === this.#stack.length) this.#stack = doubled(this.#stack)
            this.#stack[depth++] = at * states + second[pc]! * levels + level
            pc = first[pc]!
            break
          case operation.jump:
            pc = first[pc]!
            break
          case operation.begin:
            level = Math.min(level, first[pc]!)
            pc++
            break
          case operation.end:
            pc = level <= first[pc]! ? second[pc]! : pc + 1
            break
          case operation.found:
            if (level > 0 && (!isWhole || at === length)) return at
            fails = true
            break
          default:
            fails = true
        }
      }
      if (!fails) continue
      if (depth === 0) return -1
      const next = this.#stack[--depth]!
      at = Math.floor(next / states)
      const rest = next - at * states
      pc = Math.floor(rest / levels)
      level = rest - pc * levels
    }
  }
}
