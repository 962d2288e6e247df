import { grown, roomFor } from '../_text/growing.js'
import type { Chunks } from './grammar/chunker.js'
import { foldHash, hashNumber, hashSeed, slotsFor } from './hashing.js'

const none = 0xffff_ffff

/**
 * The candidates of a document: its chunks, those with the same stems being one, in the order of their first occurrence.
 *
 * @see pke, base.py: grammar_selection, add_candidate
 */
export class Candidates {
  count = 0
  /** Of each candidate: the first token of its first occurrence, and how many tokens it has. */
  tokens = new Uint32Array(64)
  lengths = new Uint32Array(64)
  #latest = new Uint32Array(64)
  #hashes = new Uint32Array(64)
  // Of each chunk: the next one that is the same candidate.
  #following = new Uint32Array(64)
  #chunkOf = new Uint32Array(64)
  #slots = new Uint32Array(64)
  #slotCount = 64
  #chunks: Chunks | undefined

  /** @param stems  by token */
  build(chunks: Chunks, stems: Uint32Array): void {
    this.#chunks = chunks
    this.count = 0
    this.#slotCount = slotsFor(chunks.count)
    this.#slots = roomFor(this.#slots, this.#slotCount)
    this.#slots.fill(0, 0, this.#slotCount)
    this.#following = roomFor(this.#following, chunks.count)
    for (let chunk = 0; chunk < chunks.count; chunk++) this.#add(chunk, chunks, stems)
  }

  /** The first tokens of all occurrences, in order. */
  occurrences(candidate: number): number[] {
    const tokens: number[] = []
    for (let chunk = this.#chunkOf[candidate]!; chunk !== none; chunk = this.#following[chunk]!) {
      tokens.push(this.#chunks!.first[chunk]!)
    }
    return tokens
  }

  #add(chunk: number, { first, last }: Chunks, stems: Uint32Array): void {
    const token = first[chunk]!
    const length = last[chunk]! - token + 1
    let hash = hashSeed
    for (let k = 0; k < length; k++) hash = hashNumber(hash, stems[token + k]!)
    hash = foldHash(hash)
    const mask = this.#slotCount - 1
    let slot = hash & mask
    this.#following[chunk] = none
    for (let entry = this.#slots[slot]!; entry !== 0; entry = this.#slots[slot]!) {
      if (this.#hashes[entry - 1] === hash && this.#equals(entry - 1, token, length, stems)) {
        this.#following[this.#latest[entry - 1]!] = chunk
        this.#latest[entry - 1] = chunk
        return
      }
      slot = (slot + 1) & mask
    }
    const candidate = this.count++
    this.#slots[slot] = this.count
    this.tokens = grown(this.tokens, this.count)
    this.lengths = grown(this.lengths, this.count)
    this.#latest = grown(this.#latest, this.count)
    this.#hashes = grown(this.#hashes, this.count)
    this.#chunkOf = grown(this.#chunkOf, this.count)
    this.tokens[candidate] = token
    this.lengths[candidate] = length
    this.#latest[candidate] = chunk
    this.#chunkOf[candidate] = chunk
    this.#hashes[candidate] = hash
  }

  #equals(candidate: number, token: number, length: number, stems: Uint32Array): boolean {
    if (this.lengths[candidate] !== length) return false
    const other = this.tokens[candidate]!
    for (let k = 0; k < length; k++) if (stems[token + k] !== stems[other + k]) return false
    return true
  }
}
