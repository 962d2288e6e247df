import { sumUnit } from '../kernels/perceptron.js'
import { transitionWidth } from '../transitions.js'
import { isCopy } from './features.js'
import { rowWidth } from './memory.js'

/** The sums of all runs, and what they are of. */
export interface LearnedSums {
  readonly tagCount: number
  readonly runs: number
  /** Two u32 by feature. @see FeatureCorpus */
  readonly hashes: Uint32Array
  /** I32 rows. */
  readonly sums: Int32Array
  readonly transitionSums: Int32Array
}

/** Before the first step: what a tagger with such tags would be like. */
export const nothingLearned = (tagCount: number): LearnedSums => ({
  tagCount,
  runs: 1,
  hashes: new Uint32Array(0),
  sums: new Int32Array(0),
  transitionSums: new Int32Array((tagCount + 1) * transitionWidth(tagCount)),
})

export interface PackSettings {
  /** As packed weights? @see kernels/parts/packed-weights.as.ts */
  readonly isPacked: boolean
  /** Whose copies count. */
  readonly domain: number | undefined
  readonly threshold: number
}

/** Weights as a tagger's file has them. */
export interface PackedWeights {
  readonly starts: Uint32Array
  readonly lists: Uint8Array
  readonly transitions: Int16Array
  /** What a weight of 1 in the file is. */
  readonly scale: number
  /** How many there are. */
  readonly features: number
  readonly weights: number
}

/** Features a bucket has, about. */
const featuresPerBucket = 3
const headBytes = 5
const mostWeight = 127

/**
 * Weights as a tagger's file has them: a feature and its copy added, those near 0 left out, the others as whole numbers
 * from -127 to 127 of one scale.
 */
export function packWeights(learned: LearnedSums, { domain, threshold, isPacked }: PackSettings): PackedWeights {
  const { tagCount, runs, hashes, sums } = learned
  const width = rowWidth(tagCount)
  const unit = runs * sumUnit
  addCopies(learned, width, domain)
  const least = threshold * unit
  let most = 0
  const found: number[] = []
  for (let feature = 0; feature * 2 < hashes.length; feature++) {
    if (isCopy(hashes[2 * feature]!)) continue
    let isKept = false
    for (let tag = 0, at = feature * width; tag < tagCount; tag++, at++) {
      const size = Math.abs(sums[at]!)
      if (size < least) sums[at] = 0
      else if (size > 0) isKept = true
      if (size > most) most = size
    }
    if (isKept) found.push(feature)
  }
  const scale = most / mostWeight || 1
  const lists = writeLists(found, learned, scale, isPacked)
  return { ...lists, transitions: scaledTransitions(learned, scale), scale: scale / unit }
}

function addCopies({ hashes, sums, tagCount }: LearnedSums, width: number, domain: number | undefined): void {
  for (let copy = 0; copy * 2 < hashes.length; copy++) {
    const low = hashes[2 * copy]!
    if (!isCopy(low) || hashes[2 * copy + 1] !== domain) continue
    const feature = low / 2
    for (let tag = 0; tag < tagCount; tag++) sums[feature * width + tag]! += sums[copy * width + tag]!
  }
}

function scaledTransitions({ tagCount, transitionSums }: LearnedSums, scale: number): Int16Array {
  const width = transitionWidth(tagCount)
  return Int16Array.from({ length: (tagCount + 1) * tagCount }, (_, i) => {
    const weight = Math.round(transitionSums[Math.floor(i / tagCount) * width + (i % tagCount)]! / scale)
    return Math.max(-0x7fff, Math.min(0x7fff, weight))
  })
}

/** In the order of their buckets. */
function writeLists(found: number[], { hashes, sums, tagCount }: LearnedSums, scale: number, isPacked: boolean) {
  const width = rowWidth(tagCount)
  const buckets = Math.max(1, Math.ceil(found.length / featuresPerBucket))
  const highOf = (feature: number) => hashes[2 * feature + 1]!
  const lowOf = (feature: number) => hashes[2 * feature]!
  found.sort((a, b) => highOf(a) - highOf(b) || lowOf(a) - lowOf(b))
  const starts = new Uint32Array(buckets + 1)
  const lists = new Uint8Array(found.length * (headBytes + 2 * tagCount))
  const write = isPacked ? writePacked : writePairs
  const weights = new Int8Array(tagCount)
  let [at, features, count, bucket] = [0, 0, 0, 0]
  for (const feature of found) {
    const own = Math.floor((highOf(feature) * buckets) / 2 ** 32)
    while (bucket < own) starts[++bucket] = at
    for (let tag = 0; tag < tagCount; tag++) weights[tag] = Math.round(sums[feature * width + tag]! / scale)
    const ownCount = weights.reduce((sum, weight) => sum + (weight === 0 ? 0 : 1), 0)
    if (ownCount === 0) continue
    new DataView(lists.buffer).setUint32(at, lowOf(feature), true)
    at = write(weights, lists, at + 4)
    features++
    count += ownCount
  }
  while (bucket < buckets) starts[++bucket] = at
  return { starts, lists: lists.slice(0, at), features, weights: count }
}

/** A count, and pairs of tag and weight. @returns where they end */
function writePairs(weights: Int8Array, lists: Uint8Array, at: number): number {
  let to = at + 1
  for (const [tag, weight] of weights.entries()) {
    if (weight === 0) continue
    lists[to++] = tag
    lists[to++] = weight
  }
  lists[at] = (to - at - 1) / 2
  return to
}

/** A bit for each tag, and the weights of those that have one. @returns where they end */
function writePacked(weights: Int8Array, lists: Uint8Array, at: number): number {
  let to = at + Math.ceil(weights.length / 8)
  for (const [tag, weight] of weights.entries()) {
    if (weight === 0) continue
    lists[at + (tag >> 3)]! |= 1 << (tag & 7)
    lists[to++] = weight
  }
  return to
}
