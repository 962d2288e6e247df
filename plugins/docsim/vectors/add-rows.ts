const columns = 8

/**
 * Adds rows of a matrix to a sum; eight columns at a time, so that sums stay in registers.
 *
 * @param starts  where the rows begin, `count` of them
 */
export function addRows(matrix: Float32Array, starts: Int32Array, count: number, sum: Float64Array): void {
  const size = sum.length
  const whole = size - (size % columns)
  for (let k = 0; k < whole; k += columns) {
    let a = sum[k]!
    let b = sum[k + 1]!
    let c = sum[k + 2]!
    let d = sum[k + 3]!
    let e = sum[k + 4]!
    let f = sum[k + 5]!
    let g = sum[k + 6]!
    let h = sum[k + 7]!
    for (let i = 0; i < count; i++) {
      const at = starts[i]! + k
      a += matrix[at]!
      b += matrix[at + 1]!
      c += matrix[at + 2]!
      d += matrix[at + 3]!
      e += matrix[at + 4]!
      f += matrix[at + 5]!
      g += matrix[at + 6]!
      h += matrix[at + 7]!
    }
    sum[k] = a
    sum[k + 1] = b
    sum[k + 2] = c
    sum[k + 3] = d
    sum[k + 4] = e
    sum[k + 5] = f
    sum[k + 6] = g
    sum[k + 7] = h
  }
  for (let k = whole; k < size; k++) {
    for (let i = 0; i < count; i++) sum[k]! += matrix[starts[i]! + k]!
  }
}

/** Adds one row, `weight` times, to a sum. */
export function addRow(matrix: Float32Array, start: number, weight: number, sum: Float64Array): void {
  for (let k = 0; k < sum.length; k++) sum[k]! += weight * matrix[start + k]!
}
