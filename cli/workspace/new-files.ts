import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The files of a new workspace: real ones, in `files/` beside the sources, and the templates of `container/`. */

const root = fileURLToPath(new URL('../../../', import.meta.url))
const files = join(root, 'cli', 'workspace', 'files')

/** Models that a new workspace may have, with the sample data of each. */
export const newModels: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  DocSim: { 'claims.csv': 'claims_de.csv' },
  TopicalPageRank: { 'claims.csv': 'claims_de.csv' },
  NER: { 'tweets.jsonl': 'tweets.jsonl', 'dev.jsonl': 'tweets_dev.jsonl' },
}

/** As they are called in the files. */
const names = { project: 'my-models', bucket: 'my-models-data-STAGE' }

/** npm would leave them out of a package, or read them itself. */
const hidden: Readonly<Record<string, string>> = { gitignore: '.gitignore', dockerignore: '.dockerignore' }

export interface NewWorkspace {
  readonly project: string
  /** Of training data. */
  readonly bucket: string
  /** Names of `newModels`. */
  readonly models: readonly string[]
}

/** @returns path in the workspace -> content */
export async function newFiles({ project, bucket, models }: NewWorkspace): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  const add = async (path: string, source: string) => {
    const text = await readFile(source, 'utf8')
    found.set(path, text.replaceAll(names.bucket, bucket).replaceAll(names.project, project))
  }
  for (const entry of await readdir(join(files, 'new'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const source = join(entry.parentPath, entry.name)
    const path = source.slice(join(files, 'new').length + 1)
    const [, model] = /^models\/([^/]+)\//.exec(path) ?? []
    if (model === undefined || models.includes(model)) await add(hidden[path] ?? path, source)
  }
  for (const model of models) {
    for (const [name, sample] of Object.entries(newModels[model]!))
      await add(`models/${model}/data/${name}`, join(files, 'data', sample))
  }
  for (const name of ['pipeline.yml', 'endpoint.yml'])
    found.set(name, await readFile(join(root, 'container', name), 'utf8'))
  const marked = Object.fromEntries(models.map(name => [name, true]))
  found.set('models/models_to_be_trained.json', `${JSON.stringify(marked, null, 2)}\n`)
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}
