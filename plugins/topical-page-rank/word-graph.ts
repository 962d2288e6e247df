import { fail } from 'modelhost'
import { grown, roomFor } from '../_text/growing.js'
import { foldHash, hashNumber, hashSeed, slotsFor } from './hashing.js'
import type { StringIds } from './string-ids.js'

/** What a graph is made from. */
export interface GraphSource {
  readonly tokenCount: number
  /** By token. */
  readonly tags: Uint8Array
  /** By token: the number of its stem. */
  readonly stems: Uint32Array
  readonly stemTable: Pick<StringIds, 'count'>
}

/** More than any text has, unless it is made for it or the window is very wide: a million take 140 MB for a moment. */
const maxEdges = 1 << 20

/**
 * The graph of a document's words: nodes are the stems of nouns and adjectives, in the order of their first occurrence;
 * an edge weighs how often two different ones occur within a window.
 *
 * @see pke, unsupervised/graph_based/singlerank.py: build_word_graph
 */
export class WordGraph {
  nodeCount = 0
  edgeCount = 0
  /** By node: the number of its stem. */
  nodeStems = new Uint32Array(64)
  /** By node: the token where it first occurs. */
  nodeTokens = new Uint32Array(64)
  /** By stem: its node, or -1. */
  nodeOfStem = new Int32Array(64)
  /** The edges of node i, in the order of their other ends: [offsets[i], offsets[i + 1]) of `columns` and `weights`. */
  offsets = new Uint32Array(64)
  columns = new Uint32Array(64)
  weights = new Uint32Array(64)
  // Of each edge.
  #from = new Uint32Array(64)
  #to = new Uint32Array(64)
  #weights = new Uint32Array(64)
  // Edge e is e + 1 in its slot.
  #slots = new Uint32Array(64)
  #slotCount = 64
  // Of each token with a node.
  #places = new Uint32Array(64)
  #nodes = new Uint32Array(64)
  // Of the rows before they are in order.
  #unsorted = new Uint32Array(64)
  #edgeOf = new Uint32Array(64)
  #ends = new Uint32Array(64)

  /**
   * @param isNode  by tag: do its tokens make nodes?
   * @param window  tokens that a pair spans at most, of any tag; it goes across sentences
   * @throws HostError REQUEST_INVALID where there are too many edges
   */
  build(document: GraphSource, isNode: Uint8Array, window: number): void {
    const length = this.#findNodes(document, isNode)
    this.#countPairs(length, window)
    this.#sortEdges()
  }

  /** Makes it the graph of nothing. */
  clear(): void {
    this.nodeCount = 0
    this.edgeCount = 0
  }

  /** @returns how many tokens have a node */
  #findNodes({ tokenCount, tags, stems, stemTable }: GraphSource, isNode: Uint8Array): number {
    this.nodeOfStem = roomFor(this.nodeOfStem, stemTable.count)
    this.nodeOfStem.fill(-1, 0, stemTable.count)
    this.#places = roomFor(this.#places, tokenCount)
    this.#nodes = roomFor(this.#nodes, tokenCount)
    this.nodeStems = roomFor(this.nodeStems, stemTable.count)
    this.nodeTokens = roomFor(this.nodeTokens, stemTable.count)
    this.nodeCount = 0
    let length = 0
    for (let token = 0; token < tokenCount; token++) {
      if (isNode[tags[token]!] === 0) continue
      const stem = stems[token]!
      let node = this.nodeOfStem[stem]!
      if (node < 0) {
        node = this.nodeCount++
        this.nodeOfStem[stem] = node
        this.nodeStems[node] = stem
        this.nodeTokens[node] = token
      }
      this.#places[length] = token
      this.#nodes[length++] = node
    }
    return length
  }

  #countPairs(length: number, window: number): void {
    const places = this.#places
    const nodes = this.#nodes
    this.edgeCount = 0
    this.#slotCount = 64
    this.#slots.fill(0, 0, 64)
    for (let i = 0; i < length; i++) {
      const end = places[i]! + window
      const node = nodes[i]!
      for (let j = i + 1; j < length && places[j]! < end; j++) {
        const other = nodes[j]!
        if (other !== node) this.#add(Math.min(node, other), Math.max(node, other))
      }
    }
  }

  #add(a: number, b: number): void {
    const mask = this.#slotCount - 1
    let slot = foldHash(hashNumber(hashNumber(hashSeed, a), b)) & mask
    for (let entry = this.#slots[slot]!; entry !== 0; entry = this.#slots[slot]!) {
      if (this.#from[entry - 1] === a && this.#to[entry - 1] === b) {
        this.#weights[entry - 1] = this.#weights[entry - 1]! + 1
        return
      }
      slot = (slot + 1) & mask
    }
    if (this.edgeCount === maxEdges) {
      const problem = `The text has more than ${maxEdges} pairs of words within the window. Send it in parts.`
      throw fail('REQUEST_INVALID', { problem })
    }
    const edge = this.edgeCount++
    this.#from = grown(this.#from, this.edgeCount)
    this.#to = grown(this.#to, this.edgeCount)
    this.#weights = grown(this.#weights, this.edgeCount)
    this.#from[edge] = a
    this.#to[edge] = b
    this.#weights[edge] = 1
    this.#slots[slot] = this.edgeCount
    if (this.edgeCount * 2 > this.#slotCount) this.#rehash()
  }

  #rehash(): void {
    const slotCount = slotsFor(this.edgeCount * 2)
    this.#slots = roomFor(this.#slots, slotCount)
    this.#slots.fill(0, 0, slotCount)
    this.#slotCount = slotCount
    for (let edge = 0; edge < this.edgeCount; edge++) {
      const hash = foldHash(hashNumber(hashNumber(hashSeed, this.#from[edge]!), this.#to[edge]!))
      let slot = hash & (slotCount - 1)
      while (this.#slots[slot] !== 0) slot = (slot + 1) & (slotCount - 1)
      this.#slots[slot] = edge + 1
    }
  }

  /** Rows in node order, and each row in node order: the matrix is symmetric, so its transpose, row by row, is itself. */
  #sortEdges(): void {
    const { nodeCount, edgeCount } = this
    this.offsets = roomFor(this.offsets, nodeCount + 1)
    this.columns = roomFor(this.columns, 2 * edgeCount)
    this.weights = roomFor(this.weights, 2 * edgeCount)
    this.#unsorted = roomFor(this.#unsorted, 2 * edgeCount)
    this.#edgeOf = roomFor(this.#edgeOf, 2 * edgeCount)
    this.#ends = roomFor(this.#ends, nodeCount + 1)
    const { offsets, columns, weights } = this
    offsets.fill(0, 0, nodeCount + 1)
    for (let edge = 0; edge < edgeCount; edge++) {
      offsets[this.#from[edge]! + 1]!++
      offsets[this.#to[edge]! + 1]!++
    }
    for (let node = 0; node < nodeCount; node++) offsets[node + 1] = offsets[node + 1]! + offsets[node]!
    const ends = this.#ends
    ends.set(offsets.subarray(0, nodeCount))
    for (let edge = 0; edge < edgeCount; edge++) {
      const a = this.#from[edge]!
      const b = this.#to[edge]!
      this.#edgeOf[ends[a]!] = edge
      this.#unsorted[ends[a]!++] = b
      this.#edgeOf[ends[b]!] = edge
      this.#unsorted[ends[b]!++] = a
    }
    ends.set(offsets.subarray(0, nodeCount))
    for (let node = 0; node < nodeCount; node++) {
      for (let i = offsets[node]!; i < offsets[node + 1]!; i++) {
        const at = ends[this.#unsorted[i]!]!++
        columns[at] = node
        weights[at] = this.#weights[this.#edgeOf[i]!]!
      }
    }
  }
}
