import { defineKernel } from 'modelhost/kernels'
import type { ScoreKernel } from './score-kernel.js'

/** Tags words by the rows that another kernel wrote, with all attributes. */
export interface ScoringKernel extends ScoreKernel {
  /** The row of the first word; two rows lie before it, and two behind the last. */
  setRows(at: number, rowBytes: number): void
}

export const scoringKernel = defineKernel<ScoringKernel>(new URL('./scoring.wasm', import.meta.url))
