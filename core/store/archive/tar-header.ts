/**
 * Headers of tar archives, as they are read: ustar, that of GNU tar, and the old one before both.
 *
 * @see IEEE Std 1003.1-2017, pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format"
 */
import { ArchiveProblem, entryProblem } from './archive-problem.js'

export interface TarHeader {
  /**
   * Read when it is asked for: where another header says the path, this one may be cut off within a letter.
   *
   * @throws ArchiveProblem where it is not UTF-8
   */
  name(): string
  /** One letter; a file's is `0`. */
  readonly type: string
  /** Bytes that follow, without those that fill the last block. */
  readonly size: number
}

const sumAt = 148
const sumLength = 8

export const isEmptyBlock = (block: Uint8Array): boolean => block.every(byte => byte === 0)

/** Does a block's checksum fit it? */
export function hasTarSum(block: Uint8Array): boolean {
  const sum = readNumber(block.subarray(sumAt, sumAt + sumLength))
  let expected = 0
  for (let i = 0; i < block.length; i++) expected += i >= sumAt && i < sumAt + sumLength ? 0x20 : block[i]!
  return sum === expected
}

/** @throws ArchiveProblem */
export function parseTarHeader(block: Uint8Array): TarHeader {
  if (!hasTarSum(block)) throw new ArchiveProblem('a header in it is damaged: its checksum is wrong')
  const size = readNumber(block.subarray(124, 136))
  if (size === undefined) throw new ArchiveProblem('a header in it has a size that is no number')
  const type = block[156]!
  return { name: () => nameOf(block), type: type === 0 ? '0' : String.fromCharCode(type), size }
}

/** What is before the name is a prefix in ustar only: GNU tar keeps times there. */
function nameOf(block: Uint8Array): string {
  const name = decodeName(untilZero(block.subarray(0, 100)))
  const isUstar = Buffer.from(block.subarray(257, 263)).toString('latin1') === 'ustar\0'
  const prefix = isUstar ? decodeName(untilZero(block.subarray(345, 500))) : ''
  return prefix === '' ? name : `${prefix}/${name}`
}

export function untilZero(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0)
  return end < 0 ? bytes : bytes.subarray(0, end)
}

/** @throws ArchiveProblem where it is not UTF-8 */
export function decodeName(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw entryProblem(Buffer.from(bytes).toString('latin1'), 'has a name that is not UTF-8')
  }
}

/** @returns of octal digits between blanks, or of a binary number of GNU tar; undefined for anything else */
function readNumber(field: Uint8Array): number | undefined {
  if (field[0]! & 0x80) return readBinary(field)
  const text = Buffer.from(untilZero(field)).toString('latin1').trim()
  if (text === '') return 0
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : undefined
}

/** Big-endian behind a set bit; a negative number, which begins with a second set bit, is none here. */
function readBinary(field: Uint8Array): number | undefined {
  let value = field[0]! & 0x7f
  for (const byte of field.subarray(1)) value = value * 256 + byte
  return Number.isSafeInteger(value) ? value : undefined
}
