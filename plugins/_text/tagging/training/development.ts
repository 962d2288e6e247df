import type { SharedMemory } from 'modelhost/kernels'
import { sumUnit } from '../kernels/perceptron.js'
import type { Tagger } from '../tagger.js'
import type { TaggedSentence } from './corpus.js'
import { rowWidth, type TrainingLayout, transitionWidth } from './memory.js'
import type { LearnedSums } from './pack.js'

/**
 * What a run has learned so far, as if it ended here.
 *
 * @param steps  sentences that it learned from
 */
export function learnedSoFar(
  { memory, layout }: { memory: SharedMemory; layout: TrainingLayout },
  { thread, steps, hashes }: { thread: number; steps: number; hashes: Uint32Array },
): LearnedSums {
  const { tagCount, featureCount } = layout
  const own = layout.threads[thread]!
  const count = featureCount * rowWidth(tagCount)
  const transitionCount = (tagCount + 1) * transitionWidth(tagCount)
  const averages = (weights: Int16Array | Int32Array, changesAt: number) => {
    const changes = new Float32Array(memory.buffer, changesAt, weights.length)
    return Int32Array.from(weights, (weight, i) => Math.round((weight - changes[i]! / (steps + 1)) * sumUnit))
  }
  return {
    tagCount,
    runs: 1,
    hashes,
    sums: averages(new Int16Array(memory.buffer, own.weights, count), own.changes),
    transitionSums: averages(new Int32Array(memory.buffer, own.transitions, transitionCount), own.transitionChanges),
  }
}

/** Share of words that a tagger gives their tags, 0 to 1. */
export function accuracyOn(sentences: readonly TaggedSentence[], tagger: Tagger): number {
  let words = 0
  let right = 0
  for (const sentence of sentences) {
    const out = new Uint8Array(sentence.words.length)
    tagger.tagWords(sentence.words, out)
    for (const [i, tag] of sentence.tags.entries()) if (tagger.tags[out[i]!] === tag) right++
    words += out.length
  }
  return words > 0 ? right / words : 0
}
