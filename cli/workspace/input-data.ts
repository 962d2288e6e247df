import { join } from 'node:path'
import { Type } from 'typebox'
import { parseS3Url } from '../../core/store/s3/url.js'
import { targetProblem } from '../../core/store/target.js'
import { describeValue, didYouMean } from '../../core/words.js'
import { CommandError } from '../command.js'
import { findFileProblem, readJsonFile } from './json-file.js'

/** Where the data of a channel are. */
export interface ChannelData {
  /** `s3://bucket-STAGE/prefix`, as it is written. */
  readonly uri?: string
  /** The one object below it; without a name all that lies below. */
  readonly fileName?: string
  /** Absolute, of the copy on this machine. */
  readonly path?: string
}

const channelSchema = Type.Object({
  Uri: Type.Optional(Type.String({ minLength: 1 })),
  file_name: Type.Optional(Type.String({ minLength: 1 })),
  path: Type.Optional(Type.String({ minLength: 1 })),
})

/** @see SageMaker API, CreateTrainingJob, Channel */
const maxChannels = 20
const channelName = /^[a-z0-9._-]{1,64}$/

/**
 * Reads `inputData.json` of a model: one channel a key, `Training` for the channel `train`.
 *
 * @param folder  of the model
 * @param place   how messages call that folder
 * @returns channel -> where its data are
 * @throws CommandError
 */
export async function readInputData(folder: string, place: string): Promise<Map<string, ChannelData>> {
  const absent =
    'It says where the training data are: {"Training": {"Uri": "s3://bucket-STAGE/prefix", "file_name": "x.csv"}}.'
  const { name: file, value } = await readJsonFile(join(folder, 'inputData.json'), `${place}/inputData.json`, absent)
  const refuse = (problem: string) => new CommandError(`${file}: ${problem}`)
  const channels = new Map<string, ChannelData>()
  for (const [key, data] of Object.entries(value)) {
    const channel = key === 'Training' ? 'train' : key.toLowerCase()
    if (!channelName.test(channel))
      throw refuse(`"${key}" is no name of a channel. Use letters, digits, ".", "-" and "_".`)
    if (channels.has(channel))
      throw refuse(`"${key}" is the channel "${channel}", as another key is. Rename one of them.`)
    if (typeof data !== 'object' || data === null || Array.isArray(data))
      throw refuse(`${key} must be an object with "Uri", but is ${describeValue(data)}.`)
    const problem = findFileProblem(channelSchema, data, `${key}.`) ?? findDataProblem(key, data)
    if (problem) throw refuse(problem)
    channels.set(channel, toChannelData(folder, data))
  }
  if (!channels.has('train')) {
    const nearest = didYouMean('Training', Object.keys(value)) && ' Keys are case-sensitive.'
    throw refuse(`Training is missing. Say where the training data are: {"Training": {"Uri": "s3://..."}}.${nearest}`)
  }
  if (channels.size > maxChannels) throw refuse(`it has ${channels.size} channels; SageMaker takes ${maxChannels}.`)
  return channels
}

interface WrittenData {
  readonly Uri?: string
  readonly file_name?: string
  readonly path?: string
}

function findDataProblem(key: string, { Uri, file_name: name, path }: WrittenData): string | undefined {
  if (Uri === undefined && path === undefined)
    return `${key}.Uri is missing. It says where the data are: "s3://bucket/prefix".`
  const wrongUri = Uri === undefined ? undefined : uriProblem(Uri, 'dev')
  if (wrongUri) return `${key}.Uri "${Uri}" ${wrongUri}. Write s3://bucket-STAGE/prefix.`
  if (name === undefined) return undefined
  if (/[/\\]/.test(name))
    return `${key}.file_name "${name}" is a path. Put the folders into Uri, and leave the file's name.`
  const wrongName = targetProblem(name)
  return wrongName && `${key}.file_name "${name}" ${wrongName}. Write the name of an object below Uri.`
}

const toChannelData = (folder: string, { Uri: uri, file_name: fileName, path }: WrittenData): ChannelData => ({
  ...(uri === undefined ? {} : { uri }),
  ...(fileName === undefined ? {} : { fileName }),
  ...(path === undefined ? {} : { path: join(folder, path) }),
})

/** What stands in a URI for the stage. */
export const stageMark = 'STAGE'

function uriProblem(uri: string, stage: string): string | undefined {
  const place = parseS3Url(uri.replaceAll(stageMark, stage))
  return 'problem' in place ? place.problem : undefined
}

/**
 * The S3 URI of a channel in a stage.
 *
 * @returns of its object; of all below a prefix, with a slash at the end, where no object is named
 */
export function s3UriOf({ uri, fileName = '' }: ChannelData & { readonly uri: string }, stage: string): string {
  return `${uri.replaceAll(stageMark, stage).replace(/\/+$/, '')}/${fileName}`
}
