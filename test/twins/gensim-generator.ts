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
