import type { Draws } from '../../plugins/docsim/random.js'

/**
 * gensim's inner generator: 48 bits of state s, the draw is s >> 16.
 *
 * @see gensim/models/word2vec_inner.pyx: random_int32
 */
export class GensimGenerator {
  constructor(public state: bigint) {}

  next(): number {
    const value = Number((this.state >> 16n) & 0xffff_ffffn)
    this.state = (this.state * 25214903917n + 11n) & 0xffff_ffff_ffffn
    return value
  }
}

/** One pass over one document: everything that gensim drew for it. */
export interface Step {
  readonly doc: number
  readonly alpha: number
  readonly next_random: number
  readonly reduced_windows: readonly number[]
}

/** Draws that were written down. `step` is set before each document. */
export class WrittenDraws implements Draws {
  step: Step | undefined
  #generator = new GensimGenerator(0n)
  #position = 0

  open(): void {
    this.#generator = new GensimGenerator(BigInt(this.step!.next_random))
    this.#position = 0
  }

  bits(): number {
    return this.#generator.next()
  }

  shrink(): number {
    return this.step!.reduced_windows[this.#position++]!
  }
}
