import { availableParallelism } from 'node:os'
import { Kitchen, openFile, scoreOf, type TaggingScore } from '../../plugins/_taggers/measure.js'
import { recipes } from '../../plugins/_taggers/recipes.js'
import { TaggerModel } from '../../plugins/tagger/model.js'
import { silentLog } from '../helpers/silent-log.js'
import type { Figure, Sets } from './sets.js'

const refuse = (problem: string) => new Error(problem)
const tools = { log: silentLog, progress: () => {}, threads: availableParallelism(), refuse }

/** UPOS accuracy and F1 of candidates, on text that a tagger was not trained on; German by folds, on surface tokens. */
export async function checkTaggers({ data }: Sets): Promise<Figure[]> {
  return [...(await checkEnglish(data)), ...(await checkGerman(data))]
}

async function checkEnglish(data: string): Promise<Figure[]> {
  const recipe = recipes['en']!
  const kitchen = new Kitchen(data, recipe, tools)
  const corpus = await kitchen.read(recipe.train.filter(file => file !== recipe.dev))
  const tagger = openFile(await kitchen.train(corpus, await kitchen.readLists()))
  const on = async (set: string, mode: 'text' | 'tweets') => {
    const model = new TaggerModel(tagger, { language: 'en', mode, split_hyphens: false })
    const { sentences } = await kitchen.read([set])
    return scoreOf(sentences, words => model.ofTokens([words]).map(({ tag }) => tag))
  }
  return [
    ...figures('en, EWT dev', await on(recipe.dev, 'text'), { accuracy: 95.7 }),
    ...figures('en, Tweebank dev, mode tweets', await on('pos/en/tweebank_v2.dev.conllu.gz', 'tweets'), {}),
  ]
}

async function checkGerman(data: string): Promise<Figure[]> {
  const recipe = recipes['de']!
  const kitchen = new Kitchen(data, recipe, tools)
  const [corpus, lists] = [await kitchen.read(recipe.train), await kitchen.readLists()]
  const by = (file: string) => kitchen.measureByFolds(corpus, lists, file)
  return [
    ...figures('de, GSD dev by folds', await by(recipe.dev), { accuracy: 94.8, candidates: 97 }),
    ...figures('de, EmpiriST by folds', await by('pos/de/empirist.train.conllu.gz'), {}),
  ]
}

function figures(
  name: string,
  { tags, candidates }: TaggingScore,
  wanted: { accuracy?: number; candidates?: number },
): Figure[] {
  const figure = (measure: string, share: number, least?: number): Figure => {
    const value = 100 * share
    if (least === undefined) return { name, measure, value, beside: 'reported' }
    return { name, measure, value, beside: `at least ${least}`, isMet: value >= least }
  }
  return [
    figure('UPOS', tags.accuracy, wanted.accuracy),
    figure('candidate F1', candidates.score.f1, wanted.candidates),
    ...['ADJ', 'NOUN', 'PROPN'].map(tag => figure(`${tag} F1`, tags.score(tag).f1)),
  ]
}
