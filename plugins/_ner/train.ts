/**
 * `npm run train:ner -- DIR [LANGUAGE]`: makes the models of names that come with the host from the sets in DIR (`ner/`,
 * `clusters/`, `gazetteer/`, `lexicon/`, `text/`) and from our own lists and sentences. The same files give the same bytes.
 */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeTensorFile } from 'modelhost'
import { shippedNames } from '../_text/entities/shipped.js'
import { labelsOf } from '../_text/entities/tagged-corpus.js'
import { Kitchen } from './kitchen.js'
import { measure } from './measure.js'
import { type Recipe, recipes } from './recipes.js'

/** Of the models: raised with what they are learned from, or how. */
const version = '1.0.0'
const plugin = 'NER'

const log = { debug() {}, info() {}, warn: console.error, error: console.error }
const refuse = (problem: string) => new Error(problem)
const tools = { log, progress: () => {}, threads: availableParallelism(), refuse }

const [data, only] = process.argv.slice(2)
if (data === undefined || !existsSync(join(data, 'ner')) || (only !== undefined && !Object.hasOwn(recipes, only))) {
  const languages = Object.keys(recipes).join(' or ')
  process.stderr.write(`Usage: npm run train:ner -- DIR [LANGUAGE], where DIR holds ner/. Languages: ${languages}.\n`)
  process.exit(2)
}
const work = await mkdtemp(join(tmpdir(), 'modelhost-ner-'))
try {
  for (const recipe of Object.values(recipes)) {
    if (only === undefined || recipe.language === only) await make(data, recipe)
  }
} finally {
  await rm(work, { recursive: true })
}

async function make(data: string, recipe: Recipe): Promise<void> {
  const { language, mode, labels, licence, sources, examples } = recipe
  const { join_hyphens: _, ...settings } = recipe.settings
  const kitchen = new Kitchen(data, work, recipe, tools)
  const corpus = await kitchen.read(recipe.train)
  const tables = await kitchen.makeTables()
  const model = await kitchen.train(corpus, tables)
  const { tensors, metadata } = model
  const measured = await measure(kitchen, corpus, tables, model)
  const params = { model_name: plugin, mode, hashtags: false, tables: language, labels, ...settings, patience: 0 }
  const own = {
    plugin,
    plugin_version: version,
    version,
    params: JSON.stringify(params),
    labels: labelsOf(corpus.sentences).join(' '),
    licence,
    sources: sources.join('; '),
    ...measured,
  }
  const file = (name: 'model' | 'tables') => fileURLToPath(shippedNames(language, name)!)
  const folder = join(file('model'), '..')
  await mkdir(folder, { recursive: true })
  await writeTensorFile(file('model'), { tensors, metadata: { ...metadata, ...own } })
  await writeFile(file('tables'), tables.bytes)
  await writeFile(join(folder, `${plugin}-params.json`), `${JSON.stringify({ ...params, examples }, null, 2)}\n`)
  const sizes = await Promise.all([stat(file('model')), stat(file('tables'))])
  const [modelSize, tablesSize] = sizes.map(({ size }) => (size / 1e6).toFixed(2))
  console.log(
    `${language}: F1 ${measured.dev_f1} on ${measured.measured_on}; model ${modelSize} MB, word tables ${tablesSize} MB`,
  )
}
