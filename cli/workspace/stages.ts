import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Static, Type } from 'typebox'
import { didYouMean } from '../../core/words.js'
import { CommandError } from '../command.js'
import { findFileProblem, readJsonFile } from './json-file.js'

/** What a stage may say of each training, under SageMaker's own names. @see SageMaker API, CreateTrainingJob */
const trainingSchema = Type.Object({
  InstanceType: Type.Optional(Type.String({ pattern: '^ml\\.[a-z0-9-]+\\.[a-z0-9-]+$' })),
  VolumeSizeInGB: Type.Optional(Type.Integer({ minimum: 1, maximum: 16_384 })),
  // Ten minutes at least, of which five are left for what comes before and after the training.
  MaxRuntimeInSeconds: Type.Optional(Type.Integer({ minimum: 600, maximum: 2_419_200 })),
  EnableManagedSpotTraining: Type.Optional(Type.Boolean()),
  MaxWaitTimeInSeconds: Type.Optional(Type.Integer({ minimum: 600, maximum: 2_419_200 })),
})

/** @see SageMaker API, Tag */
const tagPattern = '^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]*$'

const stageSchema = Type.Object({
  bucket: Type.Optional(Type.String()),
  image: Type.Optional(Type.String()),
  trainingRole: Type.Optional(Type.String()),
  executionRole: Type.Optional(Type.String()),
  kmsKey: Type.Optional(Type.String()),
  training: Type.Optional(Type.Object({})),
  models: Type.Optional(Type.Record(Type.String(), Type.Object({}))),
  endpoint: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]))),
  tags: Type.Optional(Type.Record(Type.String(), Type.String({ maxLength: 256, pattern: tagPattern }))),
})

export type TrainingResources = Static<typeof trainingSchema>

/** What `stages.json` says of a stage; all that it leaves out has a default, or comes by a flag. */
export interface Stage
  extends Pick<Static<typeof stageSchema>, 'bucket' | 'image' | 'trainingRole' | 'executionRole' | 'kmsKey'> {
  readonly name: string
  /** Of all trainings. */
  readonly training: TrainingResources
  /** Name of a model -> of its training alone. */
  readonly models: Readonly<Record<string, TrainingResources>>
  /** Parameters of endpoint.yml. */
  readonly endpoint: Readonly<Record<string, string | number | boolean>>
  /** Of the training jobs. */
  readonly tags: Readonly<Record<string, string>>
}

const stagesFile = 'stages.json'

/**
 * Reads a stage of a workspace; without the file `stages.json` every stage is there, and says nothing.
 *
 * @throws CommandError
 */
export async function readStage(folder: string, name: string): Promise<Stage> {
  const nothing = { name, training: {}, models: {}, endpoint: {}, tags: {} }
  const path = join(folder, stagesFile)
  if (!existsSync(path)) return nothing
  const { value: stages } = await readJsonFile(path, stagesFile, '')
  const refuse = (problem: string) => new CommandError(`${stagesFile}: ${problem}`)
  if (!Object.hasOwn(stages, name)) {
    const next = didYouMean(name, Object.keys(stages)) || ` Write it, if only as {"${name}": {}}.`
    throw refuse(`there is no stage "${name}".${next}`)
  }
  const problem = findStageProblem(stages[name], name)
  if (problem) throw refuse(problem)
  return { ...nothing, ...(stages[name] as Partial<Stage>), name }
}

function findStageProblem(stage: unknown, name: string): string | undefined {
  if (typeof stage !== 'object' || stage === null || Array.isArray(stage)) return `${name} must be an object.`
  const problem = findFileProblem(stageSchema, stage, `${name}.`)
  if (problem) return problem
  const { training = {}, models = {} } = stage as Partial<Stage>
  const all: [string, object][] = [['training', training], ...Object.entries(models).map(prefixed)]
  for (const [place, resources] of all) {
    const wrong = findFileProblem(trainingSchema, resources, `${name}.${place}.`)
    if (wrong) return wrong
  }
  return undefined
}

const prefixed = ([model, resources]: [string, object]): [string, object] => [`models.${model}`, resources]
