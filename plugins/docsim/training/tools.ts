import { type ArtifactWriter, fail, type TrainContext } from 'modelhost'

/** What of a training's context its parts use. */
export type TrainingTools = Pick<TrainContext<unknown>, 'log' | 'progress' | 'threads'>

/** What learning needs beside. */
export interface LearningTools<W> extends TrainingTools, Pick<TrainContext<unknown>, 'secondsLeft' | 'checkpoints'> {
  /** Seconds that it takes to write the model, once it is learned. */
  readonly writeSeconds: number
  /** Writes the model with what was learned so far. */
  writeModel(artifact: ArtifactWriter, learned: W): Promise<void>
}

export const refuse = (problem: string, cause?: unknown) => fail('TRAIN_FAILED', { plugin: 'DocSim', problem }, cause)
