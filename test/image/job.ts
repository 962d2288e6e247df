import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import { sageMakerFolder } from '../helpers/sagemaker-job.js'
import type { Running } from './host.js'
import { type ImageProcess, startImage } from './process.js'

export interface ImageJob extends ImageProcess {
  /** `/opt/ml/model` */
  readonly model: string
  files(): Promise<string[]>
  /** What stands in `/opt/ml/output/failure`. */
  failure(): Promise<string>
}

/**
 * Starts the image as SageMaker starts a training job: its hyperparameters JSON-encoded once more, its input not to be
 * written, and a disk of its own only where the job's results go, and for temporary files.
 *
 * @param data  path below /opt/ml/input/data -> content
 */
export async function startJob(
  t: Pick<Test, 'teardown'>,
  { image, isConfined }: Running,
  params: Readonly<Record<string, string>>,
  data: Readonly<Record<string, string>>,
): Promise<ImageJob> {
  const hyperparameters = Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, JSON.stringify(value)]),
  )
  const base = await sageMakerFolder(t, { hyperparameters, data })
  await mkdir(join(base, 'checkpoints'))
  const written = ['model', 'output', 'checkpoints'].map(name => ({ from: join(base, name), to: `/opt/ml/${name}` }))
  const process = await startImage(t, image, isConfined, {
    args: ['train'],
    env: {
      TRAINING_JOB_NAME: 'modelhost-test-1',
      // Where the paths are this machine's, they are not found by their place.
      ...(isConfined ? {} : { SAGEMAKER_BASE_DIR: '/opt/ml' }),
    },
    volumes: [{ from: base, to: '/opt/ml' }, ...written.map(volume => ({ ...volume, isWritable: true }))],
    temporary: ['/tmp'],
  })
  return {
    ...process,
    model: join(base, 'model'),
    files: async () => (await readdir(join(base, 'model'))).sort(),
    failure: () => readFile(join(base, 'output', 'failure'), 'utf8'),
  }
}
