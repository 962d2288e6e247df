import { stringList } from 'modelhost'
import { classSlots } from '../attributes.js'
import { maxSets } from '../tables.js'
import { buildValueTable, valueTensors } from '../value-table.js'
import { hashJoinedName, hashName, type WordHasher } from './word-hashes.js'

/** A name's words, at most: a longer one is left out. */
const maxNameWords = 6
/** Where only the beginning of a name is known. */
const beginning = 1

/**
 * Gathers lists of names. Names are alike that differ only in case, dots and apostrophes. One name may have several
 * classes, of which the first four count.
 */
export class Gazetteers {
  readonly #hasher: WordHasher
  readonly #classes = new Map<string, number>()
  /** Numbers of classes by name. */
  readonly #names = new Map<bigint, number[]>()
  /** Of each name the hashes of its beginnings. */
  readonly #beginnings = new Set<bigint>()

  constructor(hasher: WordHasher) {
    this.#hasher = hasher
  }

  /**
   * @param words  as a tokeniser cuts the name
   * @returns is it short enough to be known?
   */
  add(words: readonly string[], className: string): boolean {
    const pairs = words.map(word => ({ word, hash: this.#hasher.hashNameWord(word) })).filter(({ hash }) => hash !== 0n)
    if (pairs.length === 0 || pairs.length > maxNameWords) return false
    const number = this.#classes.get(className) ?? this.#classes.size + 1
    this.#classes.set(className, number)
    const hashes = pairs.map(({ hash }) => hash)
    for (let length = 1; length < hashes.length; length++) this.#beginnings.add(hashName(hashes.slice(0, length)))
    this.#addName(hashName(hashes), number)
    if (hashes.length > 1) {
      const joined = this.#hasher.hashNameWord(pairs.map(({ word }) => word).join(''))
      this.#addName(hashJoinedName(joined), number)
    }
    return true
  }

  #addName(hash: bigint, number: number): void {
    const numbers = this.#names.get(hash)
    if (!numbers) this.#names.set(hash, [number])
    else if (!numbers.includes(number)) numbers.push(number)
  }

  get classCount(): number {
    return this.#classes.size
  }

  /** The tensors of the table. @throws RangeError when names have too many different sets of classes */
  tensors() {
    const sets = new Map<string, number>()
    const rows: number[][] = [new Array(classSlots).fill(0)]
    const hashes: bigint[] = []
    const values: number[] = []
    for (const [hash, numbers] of this.#names) {
      const classes = numbers.slice(0, classSlots).sort((a, b) => a - b)
      const key = classes.join(' ')
      let set = sets.get(key)
      if (set === undefined) {
        set = rows.length
        sets.set(key, set)
        rows.push([...classes, ...new Array(classSlots - classes.length).fill(0)])
      }
      hashes.push(hash)
      values.push(set + 1)
    }
    if (sets.size > maxSets)
      throw new RangeError(`names have ${sets.size} different sets of classes, more than ${maxSets}`)
    for (const hash of this.#beginnings) {
      if (this.#names.has(hash)) continue
      hashes.push(hash)
      values.push(beginning)
    }
    const halves = new Uint32Array(BigUint64Array.from(hashes).buffer)
    return {
      ...valueTensors('gazetteers', buildValueTable(halves, values, rows.length)),
      ...stringList('gazetteers.classes', [...this.#classes.keys()]),
      'gazetteers.sets': { data: Uint32Array.from(rows.flat()), shape: [rows.length, classSlots] },
    }
  }
}
