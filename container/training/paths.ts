import { join } from 'node:path'

/** Where SageMaker has what a training job reads and writes. @see docs/training.md */
export interface TrainingPaths {
  readonly hyperparameters: string
  readonly inputData: string
  readonly resources: string
  /** With a folder for each channel. */
  readonly data: string
  readonly model: string
  readonly outputData: string
  readonly failure: string
  readonly checkpoints: string
}

/** The folder of a job's configuration; where there is none, no platform runs this. */
export const configFolder = (base: string): string => join(base, 'input/config')

/** `/opt/ml`, or what the environment says instead. */
export const baseFolder = (env: NodeJS.ProcessEnv): string => env['SAGEMAKER_BASE_DIR'] || '/opt/ml'

/**
 * @param base  `/opt/ml`
 * @param env   a custom image has no SM_ variables of SageMaker's own; those that somebody sets go first
 */
export function trainingPaths(base: string, env: NodeJS.ProcessEnv): TrainingPaths {
  const config = configFolder(base)
  return {
    hyperparameters: join(config, 'hyperparameters.json'),
    inputData: join(config, 'inputdataconfig.json'),
    resources: join(config, 'resourceconfig.json'),
    data: join(base, 'input/data'),
    model: env['SM_MODEL_DIR'] || join(base, 'model'),
    outputData: env['SM_OUTPUT_DATA_DIR'] || join(base, 'output/data'),
    failure: join(base, 'output/failure'),
    checkpoints: join(base, 'checkpoints'),
  }
}
