import { defineKernel } from 'modelhost/kernels'
import type { ScoreKernel } from './score-kernel.js'

/** Tags words by the rows that another kernel wrote, with all attributes. */
export interface ScoringKernel extends ScoreKernel {
  /** Weights are packed; `spread` is for 2,048 bytes. Call it behind `setWeights`. */
  setPacked(tags: number, spread: number): void
  /** As `findBadBucket`, of packed weights. */
  findBadPacked(starts: number, lists: number, buckets: number, bytes: number, tags: number, maxBytes: number): number
  /** The row of the first word; two rows lie before it, and two behind the last. */
  setRows(at: number, rowBytes: number): void
}

export const scoringKernel = defineKernel<ScoringKernel>(new URL('./scoring.wasm', import.meta.url))
