import { grown, roomFor } from '../_text/growing.js'
import { foldHash, hashNumber, hashSeed, slotsFor } from './hashing.js'

/**
 * Numbers for the distinct strings of a document, in the order of their first occurrence; found without making a string
 * of each token.
 */
export class StringIds {
  count = 0
  /** String i is `sources[i].slice(starts[i], ends[i])`. */
  readonly sources: string[] = []
  starts = new Uint32Array(64)
  ends = new Uint32Array(64)
  #hashes = new Uint32Array(64)
  // i + 1 in a slot stands for string i; 0 is empty.
  #slots = new Uint32Array(64)
  #slotCount = 64
  // Of what was looked for last in vain: its hash, and the slot that it would have.
  #hash = 0
  #slot = 0

  /** Forgets all strings. */
  clear(): void {
    this.count = 0
    this.sources.length = 0
    this.#slotCount = 64
    this.#slots.fill(0, 0, 64)
  }

  /** The number of `source[start..end)`, which gets one where it has none. */
  add(source: string, start = 0, end = source.length): number {
    const found = this.find(source, start, end)
    return found < 0 ? this.#insert(source, start, end) : found
  }

  /** The number of `source[start..end)`, or -1. */
  find(source: string, start = 0, end = source.length): number {
    let hash = hashSeed
    for (let at = start; at < end; at++) hash = hashNumber(hash, source.charCodeAt(at))
    hash = foldHash(hash)
    const mask = this.#slotCount - 1
    let slot = hash & mask
    for (let entry = this.#slots[slot]!; entry !== 0; entry = this.#slots[slot]!) {
      if (this.#hashes[entry - 1] === hash && this.#equals(entry - 1, source, start, end)) return entry - 1
      slot = (slot + 1) & mask
    }
    this.#hash = hash
    this.#slot = slot
    return -1
  }

  get(i: number): string {
    return this.sources[i]!.slice(this.starts[i], this.ends[i])
  }

  #equals(i: number, source: string, start: number, end: number): boolean {
    const from = this.starts[i]!
    if (this.ends[i]! - from !== end - start) return false
    const other = this.sources[i]!
    for (let k = end - start - 1; k >= 0; k--) {
      if (source.charCodeAt(start + k) !== other.charCodeAt(from + k)) return false
    }
    return true
  }

  /** Only behind a `find` of the same string that found nothing. */
  #insert(source: string, start: number, end: number): number {
    const i = this.count++
    this.starts = grown(this.starts, this.count)
    this.ends = grown(this.ends, this.count)
    this.#hashes = grown(this.#hashes, this.count)
    this.sources[i] = source
    this.starts[i] = start
    this.ends[i] = end
    this.#hashes[i] = this.#hash
    this.#slots[this.#slot] = this.count
    if (this.count * 2 > this.#slotCount) this.#rehash()
    return i
  }

  #rehash(): void {
    const slotCount = slotsFor(this.count * 2)
    this.#slots = roomFor(this.#slots, slotCount)
    this.#slots.fill(0, 0, slotCount)
    this.#slotCount = slotCount
    for (let i = 0; i < this.count; i++) {
      let slot = this.#hashes[i]! & (slotCount - 1)
      while (this.#slots[slot] !== 0) slot = (slot + 1) & (slotCount - 1)
      this.#slots[slot] = i + 1
    }
  }
}
