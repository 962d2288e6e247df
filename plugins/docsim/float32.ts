const exactPowers = Array.from({ length: 13 }, (_, i) => 10 ** i)

/**
 * The number with the fewest decimal digits that reads back as the same float32: 0.87 for 0.8700000047683716.
 *
 * @param value  a float32
 */
export function shortestFloat32(value: number): number {
  const size = Math.abs(value)
  // Both operands of the division are exact, so the quotient is what the decimal reads as.
  if (size >= 1e-4 && size < 10) {
    for (const power of exactPowers) {
      const candidate = Math.round(value * power) / power
      if (Math.fround(candidate) === value) return candidate
    }
  }
  for (let digits = 1; digits < 9; digits++) {
    const candidate = Number(value.toPrecision(digits))
    if (Math.fround(candidate) === value) return candidate
  }
  return Number(value.toPrecision(9))
}

/**
 * A float32 as Python prints it (`str(numpy.float32)`): `0.0`, `1.0`, `-0.123456`, `9.655958e-05`, `1e+06`.
 *
 * @param value  a float32, or what `shortestFloat32` made of one
 */
export function float32String(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const shortest = shortestFloat32(Math.fround(value))
  const size = Math.abs(shortest)
  if (size >= 1e-4 && size < 1e6) return Number.isInteger(shortest) ? `${shortest}.0` : String(shortest)
  if (!Number.isFinite(shortest)) return Number.isNaN(shortest) ? 'nan' : shortest > 0 ? 'inf' : '-inf'
  return shortest.toExponential().replace(/e([+-])(\d)$/, 'e$10$2')
}
