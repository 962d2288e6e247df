import type { Machine } from './machine.js'

/** No number of a model is longer; of many digits they take time to make. */
const maxBytes = 1024
const maxDigits = 2048

const ascii = (bytes: Uint8Array): string => String.fromCharCode(...bytes.subarray(0, maxDigits + 4))

/** A whole number of so many bytes, two's complement, the lowest first. */
export function readLong(bytes: number, machine: Machine): number | bigint {
  if (bytes < 0 || bytes > maxBytes) throw machine.error(`has a whole number of ${bytes} bytes.`)
  if (bytes === 0) return 0
  machine.hold(24 + bytes)
  let digits = ''
  const taken = machine.cursor.take(bytes)
  for (const byte of taken) digits = byte.toString(16).padStart(2, '0') + digits
  const value = BigInt.asIntN(8 * bytes, BigInt(`0x${digits}`))
  return plain(value)
}

/** `12`, `-3L` */
export function readIntegerLine(line: Uint8Array, machine: Machine): number {
  const [, digits] = /^\s*([+-]?\d+)L?\s*$/.exec(ascii(line)) ?? []
  if (digits === undefined || digits.length > maxDigits) throw machine.error('has a whole number that is none.')
  return Number(digits)
}

const odd: Readonly<Record<string, number>> = { nan: Number.NaN, inf: Infinity, '-inf': -Infinity }

/** As Python prints a float. */
export function readFloatLine(line: Uint8Array, machine: Machine): number {
  const text = ascii(line).trim()
  if (Object.hasOwn(odd, text)) return odd[text]!
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) throw machine.error('has a number that is none.')
  return Number(text)
}

const plain = (value: bigint): number | bigint =>
  value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value
