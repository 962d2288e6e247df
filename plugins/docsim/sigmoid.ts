/** Beyond this a pair teaches nothing and is skipped. */
export const maxActivation = 6

const entries = 1000
// 1000 / 6 / 2 cut to an integer, as gensim's C code has it: the table is read some entries low.
const entriesPerUnit = 83

const f32 = Math.fround
const table = Float32Array.from({ length: entries }, (_, i) => {
  const power = f32(Math.exp(f32(f32(f32(f32(i / entries) * 2) - 1) * maxActivation)))
  return power / f32(power + 1)
})

/**
 * 1 / (1 + e^-x) by a table of 1,000 steps.
 *
 * @param x  between -6 and 6, both excluded
 * @see gensim/models/word2vec_inner.pyx: init
 */
export function sigmoid(x: number): number {
  return table[Math.trunc((x + maxActivation) * entriesPerUnit)]!
}

/** Entry `i` of the table, 0 to 999. */
export const sigmoidEntry = (i: number): number => table[i]!
