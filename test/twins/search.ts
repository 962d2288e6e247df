const f32 = Math.fround

/** The twin of the kernel `plugins/docsim/kernels/search.as.ts`: the same float32 numbers, in plain TypeScript. */

export function scoreRowsTwin(rows: Float32Array, query: Float32Array, factor: number): Float32Array {
  const size = query.length
  const whole = size - (size % 8)
  return Float32Array.from({ length: rows.length / size }, (_, i) => {
    const sums = new Float32Array(8)
    for (let k = 0; k < whole; k++) sums[k % 8]! += f32(rows[i * size + k]! * query[k]!)
    const [a, b, c, d] = [0, 1, 2, 3].map(lane => f32(sums[lane]! + sums[lane + 4]!)) as [
      number,
      number,
      number,
      number,
    ]
    let total = f32(f32(a + b) + f32(c + d))
    for (let k = whole; k < size; k++) total = f32(total + f32(rows[i * size + k]! * query[k]!))
    return f32(factor * total) + 0
  })
}

export interface TermPostings {
  readonly documents: Uint32Array
  readonly weights: Float32Array
  readonly factor: number
}

export function addPostingsTwin(scores: Float32Array, { documents, weights, factor }: TermPostings): void {
  for (const [i, document] of documents.entries()) scores[document]! += f32(f32(factor) * weights[i]!)
}

/** The best `limit` documents above `floor`, the best first, of equal ones the earlier. */
export function bestTwin(scores: Float32Array, limit: number, floor: number) {
  return [...scores]
    .map((score, document) => ({ document, score }))
    .filter(({ score }) => score > floor)
    .sort((a, b) => b.score - a.score || a.document - b.document)
    .slice(0, limit)
}
