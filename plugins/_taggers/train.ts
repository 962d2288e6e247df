/**
 * `npm run train:taggers -- DIR`: makes the taggers that come with the host from the sets in DIR (`pos/`, `lexicon/`,
 * `clusters/`). Of each it tells how well the development set is tagged by what is learned without it; what is kept is
 * learned from all. The same files give the same bytes.
 */
import { existsSync } from 'node:fs'
import { mkdir, stat, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeTensorFile } from 'modelhost'
import { shippedTagger } from '../_text/tagging/shipped.js'
import { foldCount, Kitchen } from './measure.js'
import { recipes } from './recipes.js'

/** Of the taggers: raised with what they are learned from, or how. */
const version = '1.0.0'
const plugin = 'Tagger'

const log = { debug() {}, info() {}, warn: console.error, error: console.error }
const refuse = (problem: string) => new Error(problem)
const tools = { log, progress: () => {}, threads: availableParallelism(), refuse }

const [data] = process.argv.slice(2)
if (data === undefined || !existsSync(join(data, 'pos'))) {
  process.stderr.write('Usage: npm run train:taggers -- DIR, where DIR holds pos/, lexicon/ and clusters/.\n')
  process.exit(2)
}
for (const [language, recipe] of Object.entries(recipes)) {
  const kitchen = new Kitchen(data, recipe, tools)
  const { tags, candidates } = await kitchen.measure()
  const { tensors, metadata } = await kitchen.train(await kitchen.read(recipe.train), await kitchen.readLists())
  const accuracy = (100 * tags.accuracy).toFixed(2)
  const candidateF1 = (100 * candidates.score.f1).toFixed(2)
  const own = {
    plugin,
    plugin_version: version,
    version,
    params: JSON.stringify(recipe.settings),
    licence: recipe.licence,
    sources: recipe.sources.join('; '),
    measured_on: recipe.folds ? `${recipe.dev}, ${foldCount} folds` : `${recipe.dev}, trained without it`,
    dev_accuracy: accuracy,
    dev_candidate_f1: candidateF1,
  }
  const model = fileURLToPath(shippedTagger(language)!)
  await mkdir(join(model, '..'), { recursive: true })
  await writeTensorFile(model, { tensors, metadata: { ...metadata, ...own } })
  const params = { model_name: plugin, ...recipe.settings }
  await writeFile(join(model, '..', `${plugin}-params.json`), `${JSON.stringify(params, null, 2)}\n`)
  const size = ((await stat(model)).size / 1e6).toFixed(2)
  console.log(`${language}: ${own.measured_on}: UPOS ${accuracy}, candidate F1 ${candidateF1}; ${size} MB`)
}
