import { defineKernel } from 'modelhost/kernels'
import type { WordKernel } from './word-kernel.js'

/** Writes rows of all the attributes that words and places have. */
export interface DescribingKernel extends WordKernel {
  /** Words of 64 u16; u8 of how many units each has. */
  setSentence(units: number, lengths: number): void
  /** Attributes of words, an empty cache. */
  setCache(at: number, count: number): void
  /** Writes the rows of a sentence of 1 to 256 words, and the two behind it. */
  describe(count: number): void
}

export const describingKernel = defineKernel<DescribingKernel>(new URL('./describing.wasm', import.meta.url))
