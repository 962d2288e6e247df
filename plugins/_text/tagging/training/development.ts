import type { SharedMemory } from 'modelhost/kernels'
import { sumUnit } from '../kernels/perceptron.js'
import type { Tagger } from '../tagger.js'
import { forbidden, transitionWidth } from '../transitions.js'
import type { TaggedSentence } from './corpus.js'
import { rowWidth, type TrainingLayout } from './memory.js'
import type { LearnedSums } from './pack.js'
import type { Development } from './tools.js'

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
    const sums = new Int32Array(weights.length)
    // As the kernel does it, so that a run that ends here has the same weights.
    for (let i = 0; i < sums.length; i++) {
      const weight = weights[i]!
      if (weight <= forbidden) continue
      const average = Math.fround(weight - Math.fround(changes[i]! / (steps + 1)))
      sums[i] = roundHalfToEven(average * sumUnit)
    }
    return sums
  }
  return {
    tagCount,
    runs: 1,
    hashes,
    sums: averages(new Int16Array(memory.buffer, own.weights, count), own.changes),
    transitionSums: averages(new Int32Array(memory.buffer, own.transitions, transitionCount), own.transitionChanges),
  }
}

function roundHalfToEven(x: number): number {
  const rounded = Math.round(x)
  return rounded - x === 0.5 && (rounded & 1) === 1 ? rounded - 1 : rounded
}

/** Share of words that a tagger gives their tags, 0 to 1. */
function accuracyOn(sentences: readonly TaggedSentence[], tagger: Tagger): number {
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

/** For `TaggerTools`: the accuracy on a development set. */
export const watchAccuracy =
  (sentences: readonly TaggedSentence[]) =>
  (tagger: Tagger): Development => {
    const score = accuracyOn(sentences, tagger)
    return { figures: { 'dev accuracy': score }, score }
  }
