/**
 * Shuffles numbers in place, otherwise at each call, and alike for the same seed and run.
 *
 * @see Knuth, The Art of Computer Programming 3.4.2, algorithm P; xorshift32 by Marsaglia 2003, Xorshift RNGs
 */
export function shuffle(seed: number, run: number): (numbers: Uint32Array) => void {
  // Never 0, and far apart for neighbours.
  let state = (Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(run + 1, 0x85ebca6b)) | 1
  const draw = () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
  for (let i = 0; i < 8; i++) draw()
  return numbers => {
    for (let i = numbers.length - 1; i > 0; i--) {
      const k = draw() % (i + 1)
      const number = numbers[i]!
      numbers[i] = numbers[k]!
      numbers[k] = number
    }
  }
}
