import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { EntityTally, type LabelledSpan } from '../../plugins/_measures/entities.js'
import { Kitchen } from '../../plugins/_ner/kitchen.js'
import { folds, openFile } from '../../plugins/_ner/measure.js'
import { recipes } from '../../plugins/_ner/recipes.js'
import type { EntitySentence } from '../../plugins/_text/entities/corpus.js'
import type { Tagger } from '../../plugins/_text/tagging/tagger.js'
import { readConllGold } from '../../plugins/ner/evaluation/conll-gold.js'
import { EntityModel } from '../../plugins/ner/model.js'
import { defaultCurve } from '../../plugins/ner/score.js'
import { silentLog } from '../helpers/silent-log.js'
import { type Interval, intervalOf } from './bootstrap.js'
import { readMarkedTweets } from './marks/read.js'
import type { Figure, Sets } from './sets.js'

const refuse = (problem: string) => new Error(problem)
const tools = { log: silentLog, progress: () => {}, threads: availableParallelism(), refuse }

/** Names in sentences and tweets that a model was not learned from; German by folds. */
export async function checkNames(sets: Sets): Promise<Figure[]> {
  return [...(await checkEnglish(sets)), ...(await checkGerman(sets))]
}

async function checkEnglish({ data, work }: Sets): Promise<Figure[]> {
  const kitchen = new Kitchen(data, work, recipes.en, tools)
  const tables = await kitchen.makeTables()
  const tagger = openFile(await kitchen.train(await kitchen.read(recipes.en.train), tables), tables)
  const model = modelOf(tagger, kitchen)
  const on = async (file: string, by = model) => tallyOf(by, await kitchen.readAsGiven([file]))
  const btc = 'ner/en/btc.dev.conll.gz'
  const withHashtags = await on(btc, modelOf(tagger, kitchen, true))
  return [
    ...figures('en, BTC dev, no mentions, hashtags=true', withHashtags, 60),
    await withMentions(withHashtags, join(data, btc)),
    ...figures('en, BTC dev, no mentions', await on(btc), 57),
    ...figures('en, WNUT17 dev, 3 types', await on('ner/en/wnut17.dev.conll.gz'), 63),
    ...figures('en, Tweebank dev, 3 types', await on('ner/en/tweebank_ner.dev.conll.gz'), 66),
    ...(await checkMarkedTweets(model, { ...developmentTweets, archive: join(data, archive) })),
    ...(await checkMarkedTweets(model, { ...blindTweets, archive: join(data, archive) })),
  ]
}

const archive = 'tweets/trump_tweets.csv.gz'
const developmentTweets = { name: 'en, 100 marked tweets', marks: 'trump-dev.jsonl', least: 88 }
const blindTweets = { name: 'en, 100 other tweets, blind', marks: 'trump-blind.jsonl', least: undefined }

async function checkGerman({ data, work }: Sets): Promise<Figure[]> {
  const kitchen = new Kitchen(data, work, recipes.de, tools)
  const [corpus, tables] = [await kitchen.read(recipes.de.train), await kitchen.makeTables()]
  const tally = new EntityTally()
  for await (const { tagger, sentences } of folds(kitchen, corpus, tables)) {
    tallyOf(modelOf(tagger, kitchen), sentences, tally)
  }
  return figures('de, GermEval 2014 dev by folds', tally, 65)
}

/** @param hashtags  may they be names? Only the Broad Twitter Corpus has many that are */
const modelOf = (tagger: Tagger, { cutting }: Kitchen, hashtags = cutting.hashtags) =>
  new EntityModel(tagger, defaultCurve, { ...cutting, hashtags, offsets: 'utf16' })

function tallyOf(model: EntityModel, sentences: readonly EntitySentence[], tally = new EntityTally()): EntityTally {
  for (const { words, entities } of sentences) tally.add(entities, model.ofTokens([words]))
  return tally
}

/** The same names found, held against all that the file has: most are pieces of mentions, which the model never takes. */
async function withMentions({ score }: EntityTally, path: string): Promise<Figure> {
  const cases = await readConllGold({ path, labels: recipes.en.labels, tagColumn: undefined, refuse })
  const gold = cases.reduce((sum, { all }) => sum + all.length, 0)
  const hits = score.precision * score.predicted
  const value = (200 * hits) / (score.predicted + gold)
  return { name: 'en, BTC dev, mentions, hashtags=true', measure: 'F1', value, beside: 'reported' }
}

interface MarkedSet {
  readonly name: string
  readonly marks: string
  /** Undefined where the figure must not lead to a choice. */
  readonly least: number | undefined
  readonly archive: string
}

/** Tweets that were marked by hand, as texts; their archive is given, only marks are in this project. */
async function checkMarkedTweets(model: EntityModel, { name, marks, least, archive }: MarkedSet): Promise<Figure[]> {
  const file = new URL(`../../../test/quality/marks/${marks}`, import.meta.url)
  const tweets = await readMarkedTweets(fileURLToPath(file), archive)
  const found = tweets.map(({ text, entities }) => ({ gold: entities, predicted: model.ofText(text) }))
  const tally = new EntityTally()
  for (const { gold, predicted } of found) tally.add(gold, predicted)
  const { low, high }: Interval = intervalOf(found, f1Of)
  const beside = `95 % of resampled sets, to ${high.toFixed(1)}`
  return [...figures(name, tally, least), { name, measure: 'F1 from', value: low, beside }]
}

function f1Of(tweets: readonly { gold: readonly LabelledSpan[]; predicted: readonly LabelledSpan[] }[]): number {
  const tally = new EntityTally()
  for (const { gold, predicted } of tweets) tally.add(gold, predicted)
  return 100 * tally.score.f1
}

function figures(name: string, tally: EntityTally, least?: number): Figure[] {
  const { precision, recall, f1 } = tally.score
  const value = 100 * f1
  return [
    least === undefined
      ? { name, measure: 'F1', value, beside: 'reported' }
      : { name, measure: 'F1', value, beside: `at least ${least}`, isMet: value >= least },
    { name, measure: 'precision', value: 100 * precision, beside: 'reported' },
    { name, measure: 'recall', value: 100 * recall, beside: 'reported' },
    ...tally.scores().map(([label, own]) => {
      return { name, measure: `${label} F1`, value: 100 * own.f1, beside: `${own.gold} names` }
    }),
  ]
}
