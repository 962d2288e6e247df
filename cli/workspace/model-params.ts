import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { unwrapJsonString } from '../../core/coerce.js'
import { isHostError } from '../../core/errors.js'
import { readExamples } from '../../core/examples.js'
import type { Catalog } from '../../core/host.js'
import type { AnyPlugin } from '../../core/plugin.js'
import { readTrainParams } from '../../core/train-params.js'
import { describeValue, didYouMean } from '../../core/words.js'
import { CommandError } from '../command.js'
import { readJsonFile } from './json-file.js'

export interface ModelParams {
  /** Absolute. */
  readonly file: string
  readonly plugin: AnyPlugin
  /** As they are written: values may still be strings. */
  readonly raw: Readonly<Record<string, unknown>>
  /** What they say of the time that the training may take. */
  readonly maxSeconds: number | undefined
  /** Each as JSON. */
  readonly examples: readonly string[]
}

/**
 * Reads `<Name>-params.json` of a model, and checks it as its training would: before anybody pays for that.
 *
 * @param folder  of the model
 * @param name    of that folder; of its plugin too, where the params name none
 * @throws CommandError
 */
export async function readModelParams(folder: string, name: string, catalog: Catalog): Promise<ModelParams> {
  const fileName = `${name}-params.json`
  const file = join(folder, fileName)
  const { name: place, value: raw } = await readJsonFile(file, `models/${name}/${fileName}`, () =>
    hintAt(folder, fileName),
  )
  const refuse = (problem: string) => new CommandError(`${place}: ${problem}`)
  const plugin = pickPlugin(raw, name, catalog, refuse)
  if (!plugin.train) throw refuse(`${plugin.name} has no train function, its artifacts are made elsewhere.`)
  try {
    const { maxSeconds } = readTrainParams(plugin, { ...raw, model_name: plugin.name }, place)
    return { file, plugin, raw, maxSeconds, examples: readExamples(raw, place) }
  } catch (error) {
    throw isHostError(error) ? new CommandError(error.message) : error
  }
}

function pickPlugin(
  raw: ModelParams['raw'],
  folderName: string,
  catalog: Catalog,
  refuse: (problem: string) => CommandError,
): AnyPlugin {
  const given = Object.hasOwn(raw, 'model_name') ? raw['model_name'] : folderName
  if (typeof given !== 'string') throw refuse(`model_name must name a plugin, but is ${describeValue(given)}.`)
  const name = unwrapJsonString(given) ?? given
  const entry = catalog.get(name)
  if (entry) return entry.plugin
  const known = [...catalog.keys()]
  const next = didYouMean(name, known) || ` Known are ${known.join(', ')}; own ones stand in the folder plugins/.`
  throw refuse(
    raw['model_name'] === undefined
      ? `it names no model_name, and its folder's name, "${name}", is none of a plugin.${next}`
      : `model_name is "${name}", which no plugin provides.${next}`,
  )
}

async function hintAt(folder: string, fileName: string): Promise<string> {
  const others = (await readdir(folder).catch(() => [])).filter(other => other.endsWith('-params.json'))
  return others.length > 0
    ? `There is ${others.join(', ')}: rename it to ${fileName}.`
    : 'It holds the params of the model, such as {"model_name": "DocSim"}.'
}
