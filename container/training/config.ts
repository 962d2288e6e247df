/** The files in which SageMaker says what a training job is. */
import { readFile } from 'node:fs/promises'
import { unwrapJsonString } from '../../core/coerce.js'
import { describeError, fail } from '../../core/errors.js'
import { describeJsonError, describeValue } from '../../core/words.js'
import type { TrainingPaths } from './paths.js'

export interface JobConfig {
  /** Values as they stand there: plain, or JSON-encoded once more. */
  readonly params: Readonly<Record<string, unknown>>
  /** The plugin's name; undefined where nothing names it. */
  readonly pluginName: string | undefined
  /** Channel name -> how its data comes; undefined where the job does not say. */
  readonly channels: Readonly<Record<string, ChannelConfig>> | undefined
  /** Of several machines, does another one train? */
  readonly trainsElsewhere: string | undefined
}

export interface ChannelConfig {
  /** `File`, `FastFile` or `Pipe`. */
  readonly inputMode: string
  /** `RecordIO`, or `None`. */
  readonly recordWrapper: string
}

/** @throws HostError CONFIG_INVALID, naming the file */
export async function readJobConfig(paths: TrainingPaths): Promise<JobConfig> {
  const [hyperparameters = {}, inputData, resources = {}] = await Promise.all(
    [paths.hyperparameters, paths.inputData, paths.resources].map(readObject),
  )
  const params = Object.fromEntries(Object.entries(hyperparameters).filter(([name]) => !isOfSageMaker(name)))
  const name = params['model_name']
  return {
    params,
    pluginName: typeof name === 'string' ? (unwrapJsonString(name) ?? name) : undefined,
    channels: inputData && readChannels(inputData),
    trainsElsewhere: findOther(resources, inputData ?? {}, paths.resources),
  }
}

/** What its own toolkit reads, and what a tuning job adds. */
const isOfSageMaker = (name: string) => name.startsWith('sagemaker_') || name === '_tuning_objective_metric'

async function readObject(path: string): Promise<Record<string, unknown> | undefined> {
  const invalid = (problem: string, cause?: unknown) => fail('CONFIG_INVALID', { setting: path, problem }, cause)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw invalid(`cannot be read (${describeError(error)}). SageMaker writes it before a training job starts.`, error)
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw invalid(`is not valid JSON: ${describeJsonError(error)}.`, error)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw invalid(`must hold a JSON object, but holds ${describeValue(value)}.`)
}

function readChannels(inputData: Readonly<Record<string, unknown>>): Record<string, ChannelConfig> {
  const entries = Object.entries(inputData).map(([name, given]): [string, ChannelConfig] => {
    const channel = (given ?? {}) as Readonly<Record<string, unknown>>
    const textOf = (key: string, otherwise: string) => (typeof channel[key] === 'string' ? channel[key] : otherwise)
    return [
      name,
      { inputMode: textOf('TrainingInputMode', 'File'), recordWrapper: textOf('RecordWrapperType', 'None') },
    ]
  })
  return Object.fromEntries(entries)
}

/**
 * A model is trained by one machine, the first by name. Where each has all of the data, the others have nothing to do;
 * where each has a part, the model would have learned a part without a word about it.
 *
 * @returns the machine that trains, where it is not this one
 */
function findOther(
  { hosts, current_host: current }: Readonly<Record<string, unknown>>,
  inputData: Readonly<Record<string, unknown>>,
  file: string,
): string | undefined {
  if (!Array.isArray(hosts) || hosts.length < 2 || typeof current !== 'string') return undefined
  const sharded = Object.entries(inputData).find(
    ([, channel]) => (channel as { S3DistributionType?: unknown } | null)?.S3DistributionType === 'ShardedByS3Key',
  )
  if (sharded) {
    throw fail('CONFIG_INVALID', {
      setting: file,
      problem: `the job has ${hosts.length} machines, and each has only a part of the channel "${sharded[0]}" (ShardedByS3Key); a model is trained by one of them. Set InstanceCount to 1.`,
    })
  }
  const first = hosts.map(String).sort(byNumber)[0]
  return first === current ? undefined : first
}

/** algo-2 comes before algo-10. */
const byNumber = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true })
