import { readFile, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { CommandError } from '../command.js'
import { type ChannelData, readInputData } from './input-data.js'
import { readMarkedModels } from './marked-models.js'
import { type ModelParams, readModelParams } from './model-params.js'
import { ownPlugins } from './own-plugins.js'
import { listProblems } from './problems.js'

/** A folder of models that are trained together: see docs/workspace.md. */
export interface Workspace {
  /** Absolute. */
  readonly folder: string
  /** Its name in package.json, else that of the folder. */
  readonly project: string
  /** Absolute paths of its own plugins, in the folder `plugins`, and of those asked for. */
  readonly plugins: readonly string[]
  /** Those marked to be trained, in the order in which they are marked. */
  readonly models: readonly WorkspaceModel[]
  /** Names of all models, those that are not marked among them. */
  readonly known: readonly string[]
}

export interface WorkspaceModel extends ModelParams {
  /** Of its folder below `models/`. */
  readonly name: string
  /** Absolute path of that folder. */
  readonly folder: string
  /** Channel -> where its data are; `train` is one of them. */
  readonly channels: ReadonlyMap<string, ChannelData>
}

interface Wanted {
  /** Of the marked models, those to take; all where it is empty. */
  readonly only?: readonly string[]
  /** Further plugins. */
  readonly plugins?: readonly string[]
}

/** @throws CommandError that says what is wrong in which file, of all models */
export async function readWorkspace(
  given: string,
  { only = [], plugins: further = [] }: Wanted = {},
): Promise<Workspace> {
  const folder = resolve(given)
  const found = await stat(folder).catch(() => undefined)
  if (!found?.isDirectory()) throw new CommandError(`${given} is no folder. Name that of a workspace.`)
  const { wanted, known } = await readMarkedModels(folder, only)
  const plugins = await ownPlugins(folder, further)
  const { readCatalog } = await import('../../core/host.js')
  const catalog = await readCatalog(plugins)
  const models: WorkspaceModel[] = []
  const problems: string[] = []
  for (const name of wanted) {
    const place = `models/${name}`
    const parts = [
      readModelParams(join(folder, place), name, catalog),
      readInputData(join(folder, place), place),
    ] as const
    const [params, channels] = await Promise.allSettled(parts)
    for (const part of [params, channels]) if (part.status === 'rejected') problems.push(problemOf(part.reason))
    if (params.status === 'fulfilled' && channels.status === 'fulfilled')
      models.push({ name, folder: join(folder, place), channels: channels.value, ...params.value })
  }
  if (problems.length > 0) throw listProblems('the workspace', problems)
  return { folder, project: await readProject(folder), plugins, models, known }
}

function problemOf(error: unknown): string {
  if (error instanceof CommandError) return error.message
  throw error
}

async function readProject(folder: string): Promise<string> {
  const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => '{}')
  try {
    const { name } = JSON.parse(text) as { name?: unknown }
    if (typeof name === 'string' && name !== '') return name
  } catch {
    // npm says better what is wrong with it.
  }
  return basename(folder)
}
