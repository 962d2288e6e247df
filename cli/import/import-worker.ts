/** The thread of one import: reads the file, writes an artifact into a folder, and loads it once as a host would. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { getHeapStatistics } from 'node:v8'
import { workerData } from 'node:worker_threads'
import { artifactWriter } from '../../core/artifact-writer.js'
import { coerce, unwrapJsonString } from '../../core/coerce.js'
import { fail, isHostError } from '../../core/errors.js'
import { collectGarbage } from '../../core/garbage.js'
import { doJob } from '../../core/job-worker.js'
import { createLaneLog } from '../../core/lane-log.js'
import { openLocalModel } from '../../core/local-model.js'
import { describeArtifact } from '../../core/params.js'
import type { AnyPlugin } from '../../core/plugin.js'
import { readTrainParams } from '../../core/train-params.js'
import type { FileSource } from './file-source.js'
import { ImportError } from './import-error.js'
import type { UnpackLimits } from './limits.js'
import type { MadeModel } from './made-model.js'
import { readModel } from './read-model.js'

export interface ImportOrder {
  readonly file: string
  /** Where to write to. */
  readonly folder: string
  /** As a person gave them: values may still be strings. */
  readonly params: Readonly<Record<string, unknown>>
  /** Name of a plugin -> URL of the module whose default export it is. */
  readonly modules: Readonly<Record<string, string>>
  readonly limits: UnpackLimits
}

/** What was found in the file. */
export interface Found {
  readonly plugin: string
  readonly source: string
  readonly figures: Readonly<Record<string, number>>
  readonly notes: readonly string[]
}

/** Of the memory that a thread may have, what the objects of a pickle may take by our rough count. */
const objectShare = 0.7

const log = createLaneLog({})

await doJob(async (): Promise<Found> => {
  const order = workerData as ImportOrder
  const opened: FileSource[] = []
  try {
    const found = await writeModel(order, source => opened.push(source))
    // Or the numbers would be there twice.
    collectGarbage()
    await tryLoad(found.plugin, order)
    return found
  } catch (error) {
    if (error instanceof ImportError) throw fail('IMPORT_FAILED', { file: order.file, problem: error.message }, error)
    throw error
  } finally {
    for (const source of opened) source.close()
    rmSync(join(order.folder, '.unpacked'), { force: true })
  }
})

/** What was read is let go when this returns, before the model is loaded. */
async function writeModel(order: ImportOrder, opened: (source: FileSource) => void): Promise<Found> {
  const { file, folder, params, limits } = order
  const maxObjectBytes = Math.floor(getHeapStatistics().heap_size_limit * objectShare)
  const made = await readModel({
    file,
    scratch: folder,
    language: languageOf(params),
    limits: { ...limits, maxObjectBytes },
    opened,
  })
  const plugin = await importPlugin(made.plugin, order)
  checkGiven(made, params)
  const read = readTrainParams(plugin, { ...fitting(plugin, made.params), ...made.fixed, ...params })
  for (const note of made.notes) log.warn({}, note)
  await artifactWriter(folder, plugin.name).write('model', made.content(read.params))
  writeFileSync(join(folder, `${plugin.name}-params.json`), read.content)
  const { source, figures, notes } = made
  return { plugin: plugin.name, source, figures, notes }
}

/** Hyperparameters may come JSON-encoded once more. */
function languageOf({ language }: ImportOrder['params']): string {
  return typeof language === 'string' ? (unwrapJsonString(language) ?? language) : 'de'
}

/** Params that are given must be those of this model. */
function checkGiven({ plugin, fixed }: MadeModel, given: ImportOrder['params']): void {
  const name = given['model_name'] ?? plugin
  if (name !== plugin && name !== JSON.stringify(plugin))
    throw new ImportError(`it is a model of ${plugin}, and the params given are for ${name}. Give those of ${plugin}.`)
  for (const [param, value] of Object.entries(fixed)) {
    if (given[param] === undefined || Number(String(given[param]).replaceAll('"', '')) === value) continue
    throw new ImportError(
      `its ${param} is ${value}, the params given say ${JSON.stringify(given[param])}. Are they those of another model? ` +
        `Leave ${param} out, and the file says it.`,
    )
  }
}

/** What a file says of its training, as far as the plugin has a place for it. */
function fitting({ params }: AnyPlugin, said: MadeModel['params']): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(said).filter(([name, value]) => {
      const schema = params.properties[name]
      return schema !== undefined && coerce(schema, value) !== undefined
    }),
  )
}

async function importPlugin(name: string, { modules }: ImportOrder): Promise<AnyPlugin> {
  return ((await import(modules[name]!)) as { default: AnyPlugin }).default
}

/** As a host would, so that what is wrong with it is found now. */
async function tryLoad(name: string, order: ImportOrder): Promise<void> {
  const plugin = await importPlugin(name, order)
  const catalog = new Map([[name, { plugin, source: 'built in', module: order.modules[name]! }]])
  try {
    const artifact = await describeArtifact(order.folder, catalog)
    const { unload } = await openLocalModel(plugin, artifact, log)
    await unload()
  } catch (error) {
    if (!isHostError(error)) throw error
    const problem = `what was made of it cannot be loaded. ${error.message} Leave out params that ask for more than such a file has.`
    throw fail('IMPORT_FAILED', { file: order.file, problem }, error)
  }
}
