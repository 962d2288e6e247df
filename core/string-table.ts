import { decodeUtf8, encodeStrings, StringList } from './string-list.js'

/**
 * A string list that is searched: with it comes an open-addressing hash of the strings, so that a lane looks words up in
 * shared memory without building a Map.
 *
 * index[h & (capacity - 1)], then the slots after it (around the end): 0 is empty, i + 1 is string i; h is FNV-1a over the
 * UTF-8 bytes, folded once: x ^ (x >>> 15).
 */
const maxProbes = 64

/** Of a string without bytes. */
export const hashStart = 0x811c9dc5

/**
 * FNV-1a, 32 bits: the hash of a string and one UTF-8 byte more. For those who hash a word while they read it, and
 * look it up with `StringTable.findUtf8`.
 */
export function hashByte(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01000193)
}

/** The high bits folded into the low ones, which choose the slot. */
const foldHash = (hash: number): number => (hash ^ (hash >>> 15)) >>> 0

function hashUtf8(bytes: Uint8Array, start: number, end: number): number {
  let hash = hashStart
  for (let i = start; i < end; i++) hash = hashByte(hash, bytes[i]!)
  return foldHash(hash)
}

/** The next code point of a text, with an unpaired surrogate read as U+FFFD, as encoders do. */
function codePointAt(text: string, at: number, end: number): number {
  const unit = text.charCodeAt(at)
  if (unit < 0xd800 || unit > 0xdfff) return unit
  if (unit > 0xdbff || at + 1 >= end) return 0xfffd
  const low = text.charCodeAt(at + 1)
  return low >= 0xdc00 && low <= 0xdfff ? 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00) : 0xfffd
}

// The word under the cursor as UTF-8; grown on demand, so that a look-up allocates nothing.
let scratch = new Uint8Array(256)

/** Writes `text[start..end)` to `scratch`. @returns its bytes */
function encodeInto(text: string, start: number, end: number): number {
  if ((end - start) * 3 > scratch.length) scratch = new Uint8Array((end - start) * 6)
  let length = 0
  for (let i = start; i < end; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) {
      scratch[length++] = unit
    } else if (unit < 0x800) {
      scratch[length++] = 0xc0 | (unit >> 6)
      scratch[length++] = 0x80 | (unit & 0x3f)
    } else {
      const point = codePointAt(text, i, end)
      if (point > 0xffff) {
        i++
        scratch[length++] = 0xf0 | (point >> 18)
        scratch[length++] = 0x80 | ((point >> 12) & 0x3f)
      } else {
        scratch[length++] = 0xe0 | (point >> 12)
      }
      scratch[length++] = 0x80 | ((point >> 6) & 0x3f)
      scratch[length++] = 0x80 | (point & 0x3f)
    }
  }
  return length
}

function capacityFor(count: number): number {
  let capacity = 4
  while (capacity < count * 2) capacity *= 2
  return capacity
}

/** @returns the hash index of the strings, or undefined where so many collide that probes would not stay bounded */
function buildIndex(bytes: Uint8Array, offsets: Uint32Array): Uint32Array | undefined {
  const count = offsets.length - 1
  const smallest = capacityFor(count)
  for (let capacity = smallest; capacity <= smallest * 8; capacity *= 2) {
    const index = new Uint32Array(capacity)
    if (fillIndex(index, bytes, offsets)) return index
  }
  return undefined
}

function fillIndex(index: Uint32Array, bytes: Uint8Array, offsets: Uint32Array): boolean {
  const mask = index.length - 1
  for (let i = 0; i < offsets.length - 1; i++) {
    let slot = hashUtf8(bytes, offsets[i]!, offsets[i + 1]!) & mask
    let probes = 1
    // Of equal strings the first stands for all: repetitions need no slots.
    while (index[slot] !== 0 && !areEqual(bytes, offsets, index[slot]! - 1, i)) {
      if (++probes > maxProbes) return false
      slot = (slot + 1) & mask
    }
    if (index[slot] === 0) index[slot] = i + 1
  }
  return true
}

/** Does a look-up of every string find it, or one before that equals it? */
function agrees(index: Uint32Array, bytes: Uint8Array, offsets: Uint32Array): boolean {
  const mask = index.length - 1
  if (index.length === 0 || (index.length & mask) !== 0) return false
  for (let i = 0; i < offsets.length - 1; i++) {
    let slot = hashUtf8(bytes, offsets[i]!, offsets[i + 1]!) & mask
    let probes = 1
    while (index[slot] !== i + 1) {
      const entry = index[slot]!
      if (entry !== 0 && entry <= i && areEqual(bytes, offsets, entry - 1, i)) break
      if (entry === 0 || ++probes > maxProbes) return false
      slot = (slot + 1) & mask
    }
  }
  return true
}

function areEqual(bytes: Uint8Array, offsets: Uint32Array, a: number, b: number): boolean {
  const length = offsets[a + 1]! - offsets[a]!
  if (offsets[b + 1]! - offsets[b]! !== length) return false
  for (let k = 0; k < length; k++) if (bytes[offsets[a]! + k] !== bytes[offsets[b]! + k]) return false
  return true
}

export class StringTable extends StringList {
  readonly #index: Uint32Array
  readonly #map: Map<string, number> | undefined

  /**
   * @param bytes    UTF-8 of all strings, one after the other
   * @param offsets  where each string begins, and the end of the last: size + 1 entries
   * @param index    the hash of the strings; ignored and made anew where it is absent or disagrees with them
   * @param file     the file's name, for errors
   * @throws HostError ARTIFACT_INVALID when the offsets do not rise within the bytes
   */
  constructor(bytes: Uint8Array, offsets: Uint32Array, index?: Uint32Array, file = 'string table') {
    super(bytes, offsets, file)
    const usable = index !== undefined && agrees(index, bytes, offsets) ? index : buildIndex(bytes, offsets)
    this.#index = usable ?? new Uint32Array(0)
    this.#map = usable
      ? undefined
      : new Map(Array.from({ length: this.size }, (_, i) => [this.get(i), i]).reverse() as [string, number][])
  }

  /** The number of the string that equals `text[start..end)`, or -1. Allocates nothing. */
  find(text: string, start = 0, end = text.length): number {
    if (this.#map) return this.#map.get(text.slice(start, end).toWellFormed()) ?? -1
    const length = encodeInto(text, start, end)
    return this.#probe(scratch, 0, length, hashUtf8(scratch, 0, length))
  }

  /**
   * The number of the string that equals `text[start..end)`, or -1: a look-up for those who have a word's UTF-8 and
   * hash at hand.
   *
   * @param text  UTF-8
   * @param hash  by `hashByte` over those bytes, from `hashStart`
   */
  findUtf8(text: Uint8Array, start: number, end: number, hash: number): number {
    if (this.#map) return this.#map.get(decodeUtf8(text.slice(start, end))) ?? -1
    return this.#probe(text, start, end - start, foldHash(hash))
  }

  #probe(text: Uint8Array, start: number, length: number, hash: number): number {
    const { bytes, offsets } = this
    const index = this.#index
    const mask = index.length - 1
    let slot = hash & mask
    for (let probes = 0; probes < maxProbes; probes++) {
      const entry = index[slot]!
      if (entry === 0) return -1
      const from = offsets[entry - 1]!
      if (entry < offsets.length && offsets[entry]! - from === length) {
        let k = 0
        while (k < length && bytes[from + k] === text[start + k]) k++
        if (k === length) return entry - 1
      }
      slot = (slot + 1) & mask
    }
    return -1
  }
}

/**
 * The tensors of a string table, for a tensor file: `T.bytes`, `T.offsets`, `T.index`.
 *
 * @param name     T
 * @param strings  in order; where two are equal, a look-up finds the first
 */
export function stringTable(name: string, strings: Iterable<string>) {
  const { bytes, offsets } = encodeStrings(name, strings)
  const index = buildIndex(bytes, offsets)
  return {
    [`${name}.bytes`]: bytes,
    [`${name}.offsets`]: offsets,
    ...(index ? { [`${name}.index`]: index } : {}),
  }
}
