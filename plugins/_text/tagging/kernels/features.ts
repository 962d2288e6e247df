import { defineKernel } from 'modelhost/kernels'
import type { WordKernel } from './word-kernel.js'

/** Says which features the words of a sentence have. Addresses are bytes in the kernel's memory. Nothing is checked. */
export interface FeaturesKernel extends WordKernel {
  /** Words of 64 u16; u8 of how many units each has; u64 features, as many a word as there are templates, 0 for none. */
  setSentence(units: number, lengths: number, features: number): void
  /** As `ScoreKernel.setTemplates`. */
  setTemplates(at: number, count: number): void
  /** u32 of where the attributes are that rows have; the attributes of one word. */
  setKept(at: number, count: number, attributes: number): void
  /** Writes the features of a sentence of 1 to 256 words. */
  describe(count: number): void
  /** The hash of a word that names have, 0 for what is in none. */
  hashNameWord(word: number, units: number): bigint
}

export const featuresKernel = defineKernel<FeaturesKernel>(new URL('./features.wasm', import.meta.url))
