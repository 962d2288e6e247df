import { fail, type Log, type Progress } from 'modelhost'

export interface TrainingTools {
  readonly log: Log
  readonly progress: (progress: Progress) => void
  /** At least 1. */
  readonly threads: number
}

export const refuse = (problem: string, cause?: unknown) =>
  fail('TRAIN_FAILED', { plugin: 'TopicalPageRank', problem }, cause)
