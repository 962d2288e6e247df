import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readS3Settings } from '../s3-options.js'
import { type ChannelData, s3UriOf, stageMark } from './input-data.js'
import { listProblems } from './problems.js'
import type { Workspace, WorkspaceModel } from './read-workspace.js'

/** Below a workspace: data that were fetched, a folder a model and channel. */
const cacheFolder = '.modelhost/data'

/** What a channel is trained from on this machine. */
type Source = { readonly path: string } | { readonly uri: string; readonly cache: string }

/**
 * Where the data of each model come from, channel by channel.
 *
 * @throws CommandError where a copy is not there, or a stage is to be said: before anything is trained
 */
export function findSources(
  { folder, models }: Workspace,
  stage: string | undefined,
): ReadonlyMap<WorkspaceModel, ReadonlyMap<string, Source>> {
  const problems: string[] = []
  const sources = new Map<WorkspaceModel, Map<string, Source>>()
  for (const model of models) {
    const ofModel = new Map<string, Source>()
    sources.set(model, ofModel)
    for (const [channel, data] of model.channels) {
      const source = sourceOf(data, stage, join(folder, cacheFolder, model.name, channel))
      if ('problem' in source)
        problems.push(`models/${model.name}/inputData.json: the channel "${channel}" ${source.problem}`)
      else ofModel.set(channel, source)
    }
  }
  if (problems.length > 0) throw listProblems('the data', problems)
  return sources
}

function sourceOf(data: ChannelData, stage: string | undefined, cache: string): Source | { readonly problem: string } {
  const { path, uri = '' } = data
  if (path !== undefined)
    return existsSync(path)
      ? { path }
      : { problem: `has its copy at ${path}, which does not exist. Put it there, or leave out path.` }
  if (stage === undefined && uri.includes(stageMark))
    return {
      problem: `lies at ${uri}. Say for which stage it is fetched (--stage), or name a copy on this machine with path.`,
    }
  return { uri: s3UriOf({ ...data, uri }, stage ?? ''), cache }
}

/** @returns channel -> path on this machine; what is not there is fetched */
export async function bringData(
  sources: ReadonlyMap<string, Source>,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const paths = new Map<string, string>()
  for (const [channel, source] of sources) {
    if ('path' in source) {
      paths.set(channel, source.path)
      continue
    }
    const { fetchData } = await import('./fetch-data.js')
    paths.set(channel, await fetchData(source.uri, source.cache, await readS3Settings({}), signal))
  }
  return paths
}
