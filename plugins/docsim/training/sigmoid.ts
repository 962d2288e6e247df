const entries = 1000
const reach = 6
const f32 = Math.fround

/**
 * 1 / (1 + e^-x) for x from -6 to 6, in 1,000 steps: what training reads instead of computing it.
 *
 * @see gensim/models/word2vec_inner.pyx: init
 */
export const sigmoidTable: Readonly<Float32Array> = Float32Array.from({ length: entries }, (_, i) => {
  const power = f32(Math.exp(f32(f32(f32(f32(i / entries) * 2) - 1) * reach)))
  return power / f32(power + 1)
})
