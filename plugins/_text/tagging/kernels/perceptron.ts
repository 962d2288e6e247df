import { defineKernel } from 'modelhost/kernels'

/**
 * Learns weights of features and transitions from sentences: a structured perceptron whose weights are averaged over all
 * steps. Addresses are bytes in the kernel's memory. Nothing is checked.
 *
 * @see Collins 2002, Discriminative Training Methods for Hidden Markov Models
 */
export interface PerceptronKernel {
  /** U32 [words + 1]: where each word's features begin; u32 features; u8 tags. */
  setCorpus(wordFeatures: number, features: number, gold: number): void
  /** i16 and f32 rows of tags in vectors of eight, one a feature. */
  setWeights(tags: number, weights: number, changes: number): void
  /**
   * i32 and f32 rows in vectors of four: from each tag, from the start; in `at` one more row, to the end. Where no tag may
   * follow, -0x2000_0000.
   */
  setTransitions(at: number, changes: number): void
  /** i32 rows as wide as those of weights and u8 tags of a sentence; as in `TaggingKernel.setViterbi`. */
  setScratch(scores: number, found: number, paths: number, back: number): void
  /**
   * What the first tag gains in learning where another one is right. With more than 0 its rivals must win by as much, so
   * that more words get them: recall for precision.
   */
  setCost(ofFirst: number): void
  /**
   * Begins a run: all weights are 0, but for where no tag may follow. Or goes on with one that learned from so many sentences:
   * weights and changes are what they were then.
   */
  begin(sentences: number): void
  /** Learns from the words from `from` to `to`, at most 256. @returns how many were tagged wrongly before */
  learn(from: number, to: number): number
  /** Adds a run's averaged weights, in 1/1024, to i32 sums; other threads may add at the same time. */
  addAverages(features: number, sums: number, transitionSums: number): void
}

/** A weight of 1 in sums. */
export const sumUnit = 1024

export const perceptronKernel = defineKernel<PerceptronKernel>(new URL('./perceptron.wasm', import.meta.url))
