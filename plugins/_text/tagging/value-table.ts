import type { TensorFile } from 'modelhost'
import { invalid } from '../../_model/invalid.js'

/**
 * From the hash of a word to a small number, as kernels/parts/value-tables.as.ts reads it: four bytes a word, without the
 * word. One of 2^(32 - bits) foreign words in a bucket is taken for one of the table.
 */
export interface ValueTable {
  /** U32 [buckets + 1]: where the entries of each bucket begin. */
  readonly starts: Uint32Array
  /** U32: in the lower bits the number, from 1; above them the same bits of the hash. */
  readonly entries: Uint32Array
  readonly bits: number
}

const entriesPerBucket = 8
/** A search goes through a whole bucket. */
const maxBucketEntries = 256

export const emptyTable: ValueTable = { starts: new Uint32Array(1), entries: new Uint32Array(0), bits: 1 }

/** Bits that numbers up to `most` need. */
const bitsFor = (most: number): number => 32 - Math.clz32(most)

const bucketOf = (high: number, buckets: number): number => Math.floor((high * buckets) / 2 ** 32)

/**
 * @param hashes  two u32 a word: the lower and the upper half
 * @param values  one a word, from 1 to `most`; of equal words the first counts
 */
export function buildValueTable(hashes: Uint32Array, values: ArrayLike<number>, most: number): ValueTable {
  const bits = bitsFor(most)
  const mask = 2 ** bits - 1
  const buckets = Math.max(1, Math.ceil(values.length / entriesPerBucket))
  const lists: number[][] = Array.from({ length: buckets }, () => [])
  for (let i = 0; i < values.length; i++) {
    const list = lists[bucketOf(hashes[2 * i + 1]!, buckets)]!
    const check = (hashes[2 * i]! & ~mask) >>> 0
    if (list.every(entry => (entry & ~mask) >>> 0 !== check)) list.push((check | values[i]!) >>> 0)
  }
  const starts = new Uint32Array(buckets + 1)
  for (const [i, list] of lists.entries()) starts[i + 1] = starts[i]! + list.length
  return { starts, entries: Uint32Array.from(lists.flat()), bits }
}

export const valueTensors = (name: string, { starts, entries }: ValueTable) => ({
  [`${name}.starts`]: starts,
  [`${name}.entries`]: entries,
})

/**
 * A table that a kernel can search without a look at bounds.
 *
 * @param most  the largest number that an entry may have
 * @returns an empty one where the file has none
 * @throws HostError ARTIFACT_INVALID
 */
export function readValueTable(file: TensorFile, name: string, most: number): ValueTable {
  if (!file.has(`${name}.starts`)) return emptyTable
  const starts = file.tensor(`${name}.starts`, 'U32', [null])
  const entries = file.tensor(`${name}.entries`, 'U32', [null])
  const bits = bitsFor(most)
  if (starts.length < 2 || starts[0] !== 0 || starts.at(-1) !== entries.length) {
    throw invalid(file, `"${name}.starts" do not begin with 0 and end with the number of entries`)
  }
  for (let i = 1; i < starts.length; i++) {
    const size = starts[i]! - starts[i - 1]!
    if (size < 0 || size > maxBucketEntries) throw invalid(file, `"${name}.starts" has a bucket of ${size} entries`)
  }
  const mask = 2 ** bits - 1
  for (let i = 0; i < entries.length; i++) {
    const number = entries[i]! & mask
    if (number > most) throw invalid(file, `"${name}.entries" has the number ${number}, not 0 to ${most}`)
  }
  return { starts, entries, bits }
}
