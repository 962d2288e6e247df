import { defineKernel } from 'modelhost/kernels'
import type { ScoreKernel } from './score-kernel.js'
import type { WordKernel } from './word-kernel.js'

/** Words of a sentence, at most; a longer one is tagged in pieces. */
export const maxWords = 256
/** Units of a word; a longer one is its first and last half of this. */
export const maxUnits = 64
export const wordBytes = 2 * maxUnits

/** Describes words and tags them, all in one memory. */
export interface TaggingKernel extends WordKernel, ScoreKernel {
  /** Words of 64 u16; u8 of how many units each has; u64 attributes of one word. */
  setSentence(units: number, lengths: number, attributes: number): void
  /** u32 of where the attributes are that rows have. */
  setKept(at: number, count: number): void
}

export const taggingKernel = defineKernel<TaggingKernel>(new URL('./tagging.wasm', import.meta.url))
