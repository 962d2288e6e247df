/** The data of a training job: a folder a channel, with what SageMaker has fetched. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describeError, fail, isHostError } from '../../core/errors.js'
import { firstFew } from '../../core/words.js'
import type { ChannelConfig } from './config.js'

const variablePrefix = 'SM_CHANNEL_'
const deepestFolder = 10

/**
 * @param folder    with a folder for each channel
 * @param channels  as the job says; without it, those that have a folder
 * @param env       `SM_CHANNEL_<NAME>` names another place for a channel, or a further one
 * @returns channel name -> its file where there is one, else its folder
 * @throws HostError CONFIG_INVALID, naming the channel
 */
export async function findChannels(
  folder: string,
  channels: Readonly<Record<string, ChannelConfig>> | undefined,
  env: NodeJS.ProcessEnv,
): Promise<Record<string, string>> {
  const configs = channels ?? Object.fromEntries((await foldersIn(folder)).map(name => [name, undefined]))
  const paths: Record<string, string> = {}
  for (const name of Object.keys(configs)) paths[name] = join(folder, name)
  for (const [variable, path] of Object.entries(env)) {
    if (!variable.startsWith(variablePrefix) || !path) continue
    const given = variable.slice(variablePrefix.length)
    paths[Object.keys(configs).find(name => variableName(name) === given) ?? given.toLowerCase()] = path
  }
  if (paths['train'] === undefined) throw noTraining(folder, Object.keys(paths))
  const found: Record<string, string> = {}
  for (const [name, path] of Object.entries(paths)) found[name] = await findData(name, path, configs[name])
  return found
}

const variableName = (channel: string) => channel.replace(/[^A-Za-z0-9]/g, '_').toUpperCase()

function noTraining(folder: string, names: readonly string[]) {
  const found = names.length > 0 ? `It has: ${firstFew(names).join(', ')}.` : 'It has none.'
  return fail('CONFIG_INVALID', {
    setting: 'The channel "train"',
    problem: `is missing; the job must have one of that name, with what is to be learned from (InputDataConfig, ${folder}/train). ${found}`,
  })
}

async function findData(name: string, path: string, config: ChannelConfig | undefined): Promise<string> {
  const wrong = (problem: string, cause?: unknown) =>
    fail('CONFIG_INVALID', { setting: `The channel "${name}"`, problem }, cause)
  if (config?.inputMode === 'Pipe') {
    throw wrong('comes as a pipe, and models are trained from files. Set its InputMode to File or FastFile.')
  }
  if (config?.recordWrapper === 'RecordIO') {
    throw wrong('is wrapped as RecordIO, and models are trained from plain files. Set its RecordWrapperType to None.')
  }
  try {
    const found = (await stat(path)).isDirectory() ? await singleFile(name, path) : path
    const stats = await stat(found).catch(() => undefined)
    if (stats?.isDirectory() || stats?.isFile()) return found
    throw wrong(`has ${found}, which is no file that can be read. Check what lies below its S3Uri.`)
  } catch (error) {
    if (isHostError(error)) throw error
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw wrong(`has no folder ${path}. Check its S3Uri, and what the training role may read there.`, error)
    }
    if (error instanceof EmptyChannel) {
      throw wrong(`is empty: ${path} holds no file. Check that objects lie below its S3Uri.`)
    }
    throw wrong(`cannot be read (${describeError(error)}).`, error)
  }
}

/** Folders with files beside them, as keys of several depths have them: who reads the files may not look into the folders. */
export async function foldersBesideFiles(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return []
  const entries = (await readdir(path, { withFileTypes: true })).filter(({ name }) => !name.startsWith('.'))
  const folders = entries.filter(entry => entry.isDirectory()).map(({ name }) => name)
  return folders.length < entries.length ? folders : []
}

class EmptyChannel extends Error {}

/** The one file of a channel, however deep its key; else the folder. */
async function singleFile(channel: string, path: string): Promise<string> {
  let folder = path
  for (let depth = 0; depth < deepestFolder; depth++) {
    const entries = (await readdir(folder, { withFileTypes: true })).filter(({ name }) => !isOfPlatform(name, channel))
    const [only] = entries
    if (only === undefined) throw new EmptyChannel()
    if (entries.length > 1) return folder
    const inner = join(folder, only.name)
    const isFolder = await stat(inner).then(
      stats => stats.isDirectory(),
      () => false,
    )
    if (!isFolder) return inner
    folder = inner
  }
  return folder
}

/** Names that begin with a dot, and lists of what was fetched. */
const isOfPlatform = (name: string, channel: string) => name.startsWith('.') || name === `${channel}-manifest`

async function foldersIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries.filter(entry => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name)
  } catch {
    return []
  }
}
