/** Decimal numbers out of bytes, without a text for each: files of vectors have hundreds of millions. */

const exactPowers = Array.from({ length: 23 }, (_, i) => 10 ** i)
const decimal = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/

/**
 * Reads `bytes[from..to)` as the nearest float64.
 *
 * Up to 15 digits and a power of ten up to 22 are exact numbers, and so one multiplication or division of them is rounded
 * once, as a decimal is. All else takes the long way.
 *
 * @returns NaN for what is no finite number
 * @see Clinger 1990, How to Read Floating Point Numbers Accurately
 */
export function readDecimal(bytes: Uint8Array, from: number, to: number): number {
  let at = from
  const isNegative = bytes[at] === 0x2d
  if (isNegative) at++
  let places = 0
  let digits = 0
  let mantissa = 0
  let scale = 0
  for (let hasPoint = false; at < to; at++) {
    const digit = bytes[at]! - 0x30
    if (digit >= 0 && digit <= 9) {
      places++
      mantissa = mantissa * 10 + digit
      if (mantissa > 0) digits++
      if (hasPoint) scale--
    } else if (bytes[at] === 0x2e && !hasPoint) {
      hasPoint = true
    } else {
      break
    }
  }
  if (places > 0 && digits <= 15) {
    const exponent = at === to ? 0 : readExponent(bytes, at, to)
    const power = scale + exponent
    if (power >= -22 && power <= 22) {
      const value = power < 0 ? mantissa / exactPowers[-power]! : mantissa * exactPowers[power]!
      return isNegative ? -value : value
    }
  }
  const text = String.fromCharCode(...bytes.subarray(from, Math.min(to, from + 200)))
  const value = decimal.test(text) ? Number(text) : Number.NaN
  return Number.isFinite(value) ? value : Number.NaN
}

/** `e-05`; NaN for all else. */
function readExponent(bytes: Uint8Array, from: number, to: number): number {
  if ((bytes[from]! | 0x20) !== 0x65) return Number.NaN
  let at = from + 1
  const isNegative = bytes[at] === 0x2d
  if (isNegative || bytes[at] === 0x2b) at++
  if (at >= to || to - at > 4) return Number.NaN
  let value = 0
  for (; at < to; at++) {
    const digit = bytes[at]! - 0x30
    if (!(digit >= 0 && digit <= 9)) return Number.NaN
    value = value * 10 + digit
  }
  return isNegative ? -value : value
}
