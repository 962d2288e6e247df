const maxExactDigits = 12
const exactPowers = Array.from({ length: maxExactDigits + 1 }, (_, i) => 10 ** i)
// Below 10, no two numbers of six decimals read back as the same float32.
const distinctDigits = 6

function roundHalfEven(value: number): number {
  const rounded = Math.round(value)
  return Math.abs(rounded - value) === 0.5 ? 2 * Math.round(value / 2) : rounded
}

function roundTo(value: number, digits: number): number {
  const power = exactPowers[digits]!
  return roundHalfEven(value * power) / power
}

/**
 * The number with the fewest decimal digits that reads back as the same float32: 0.87 for 0.8700000047683716.
 *
 * @param value  a float32
 */
export function shortestFloat32(value: number): number {
  const size = Math.abs(value)
  // 24 bits times 5^12 fit in 53: the product is exact, and so the quotient is what the decimal reads as.
  if (size >= 1e-4 && size < 10) {
    // So where six decimals do not give the value, fewer do not either: most values need more.
    const fewest = Math.fround(roundTo(value, distinctDigits)) === value ? 0 : distinctDigits + 1
    for (let digits = fewest; digits <= maxExactDigits; digits++) {
      const candidate = roundTo(value, digits)
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
 * A float32 as Python prints it (`str(numpy.float32)`): `0.0`, `1.0`, `-0.123456`, `9.655958e-05`, `1e+06`. Beyond 10,
 * the last digit of a tie may be another one.
 *
 * @param value  a float32, or what `shortestFloat32` made of one
 */
export function float32String(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const exact = Math.fround(value)
  const shortest = shortestFloat32(exact)
  const size = Math.abs(exact)
  if (size >= 1e-4 && size < 1e6) return Number.isInteger(shortest) ? `${shortest}.0` : String(shortest)
  if (!Number.isFinite(shortest)) return Number.isNaN(shortest) ? 'nan' : shortest > 0 ? 'inf' : '-inf'
  return shortest.toExponential().replace(/e([+-])(\d)$/, 'e$10$2')
}
