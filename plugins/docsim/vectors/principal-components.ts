/**
 * The directions that the rows of a matrix have most in common: eigenvectors of the products of its columns, which are
 * not centred, as in Arora et al. 2017.
 *
 * @param rows   row-major, `size` numbers a row, finite
 * @param count  how many are wanted, at most `size`
 * @returns count × size, each of length 1, the strongest first
 */
export async function principalComponents(rows: Float32Array, size: number, count: number): Promise<Float32Array> {
  // Only a training needs it.
  const { EigenvalueDecomposition, Matrix } = await import('ml-matrix')
  const products = new Float64Array(size * size)
  for (let row = 0; row < rows.length; row += size) {
    for (let i = 0; i < size; i++) {
      const factor = rows[row + i]!
      for (let k = i; k < size; k++) products[i * size + k]! += factor * rows[row + k]!
    }
  }
  const matrix = Matrix.zeros(size, size)
  for (let i = 0; i < size; i++) {
    for (let k = i; k < size; k++) {
      matrix.set(i, k, products[i * size + k]!)
      matrix.set(k, i, products[i * size + k]!)
    }
  }
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(matrix, { assumeSymmetric: true })
  const order = realEigenvalues.map((_, i) => i).sort((a, b) => realEigenvalues[b]! - realEigenvalues[a]!)
  return Float32Array.from(order.slice(0, count).flatMap(i => eigenvectorMatrix.getColumn(i)))
}

// What is left of a vector that lies in the components is rounding.
const leastShare = 1e-10

/**
 * Takes the components out of a vector: v -= (u . v) u for each.
 *
 * @param components  rows of length 1, as long as the vector
 */
export function removeComponents(vector: Float64Array, components: Float32Array): void {
  if (components.length === 0) return
  const size = vector.length
  const before = square(vector)
  for (let row = 0; row < components.length; row += size) {
    let dot = 0
    for (let k = 0; k < size; k++) dot += components[row + k]! * vector[k]!
    for (let k = 0; k < size; k++) vector[k]! -= dot * components[row + k]!
  }
  if (!(square(vector) > before * leastShare)) vector.fill(0)
}

function square(vector: Float64Array): number {
  let sum = 0
  for (let k = 0; k < vector.length; k++) sum += vector[k]! * vector[k]!
  return sum
}

/** Divides a vector by its length. @returns false where it has none */
export function toUnit(vector: Float64Array): boolean {
  let square = 0
  for (let k = 0; k < vector.length; k++) square += vector[k]! * vector[k]!
  if (!(square > 0) || !Number.isFinite(square)) {
    vector.fill(0)
    return false
  }
  const length = Math.sqrt(square)
  for (let k = 0; k < vector.length; k++) vector[k]! /= length
  return true
}
