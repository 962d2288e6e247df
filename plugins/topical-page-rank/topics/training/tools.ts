import { fail, type TrainContext } from 'modelhost'

/** What of a training's context the learning of topics uses. */
export type TrainingTools = Pick<TrainContext<unknown>, 'log' | 'progress' | 'threads' | 'secondsLeft' | 'checkpoints'>

export const refuse = (problem: string, cause?: unknown) =>
  fail('TRAIN_FAILED', { plugin: 'TopicalPageRank', problem }, cause)
