import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { encodeTensorFile } from 'modelhost'
import { candidateSpans, SpanTally } from '../../plugins/_measures/spans.js'
import { TagTally } from '../../plugins/_measures/tagging.js'
import { type Recipe, recipes } from '../../plugins/_taggers/recipes.js'
import { type Tagger, taggerOf } from '../../plugins/_text/tagging/tagger-file.js'
import { type Corpus, readCorpus, type TaggedSentence } from '../../plugins/_text/tagging/training/corpus.js'
import { trainTagger, type WordLists } from '../../plugins/_text/tagging/training/train.js'
import { readWordLists } from '../../plugins/_text/tagging/training/word-lists.js'
import { silentLog } from '../helpers/silent-log.js'
import type { Figure, Sets } from './sets.js'

const refuse = (problem: string) => new Error(problem)
const tools = { log: silentLog, progress: () => {}, threads: availableParallelism(), refuse }

const foldCount = 10
/** Neighbouring sentences of a treebank are of one text: folds are of blocks of so many. */
const blockSentences = 16

/** UPOS accuracy and F1 of candidates, on text that a tagger was not trained on; German by folds, on surface tokens. */
export async function checkTaggers({ data }: Sets): Promise<Figure[]> {
  return [...(await checkEnglish(data)), ...(await checkGerman(data))]
}

async function checkEnglish(data: string): Promise<Figure[]> {
  const recipe = recipes['en']!
  const files = recipe.train.filter(file => file !== recipe.dev)
  const corpus = await read(data, recipe, files)
  const tagger = await learn(corpus, await lists(data, recipe), recipe)
  const scores = async (file: string) => {
    const tally = new Tally()
    for (const sentence of (await read(data, recipe, [file])).sentences) tally.add(sentence, tagger)
    return tally
  }
  const [dev, tweets] = [await scores(recipe.dev), await scores('pos/en/tweebank_v2.dev.conllu.gz')]
  return [...dev.figures('en, EWT dev', { accuracy: 95.7 }), ...tweets.figures('en, Tweebank dev', {})]
}

async function checkGerman(data: string): Promise<Figure[]> {
  const recipe = recipes['de']!
  const corpus = await read(data, recipe, recipe.train)
  const words = await lists(data, recipe)
  const gsd = await overFolds(corpus, 'ud_german_gsd.dev', words, recipe)
  const web = await overFolds(corpus, 'empirist.train', words, recipe)
  return [
    ...gsd.figures('de, GSD dev by folds', { accuracy: 94.8, candidates: 97 }),
    ...web.figures('de, EmpiriST by folds', {}),
  ]
}

/** Each fold of a treebank tagged by what the other folds and all other sets teach. */
async function overFolds(corpus: Corpus, name: string, words: WordLists, recipe: Recipe): Promise<Tally> {
  const tally = new Tally()
  const domain = corpus.domains.indexOf(name)
  const blocks = new Map(
    corpus.sentences
      .filter(sentence => sentence.domain === domain)
      .map((sentence, i) => [sentence, Math.floor(i / blockSentences) % foldCount]),
  )
  const settings = { ...recipe.settings, domain: name }
  for (let fold = 0; fold < foldCount; fold++) {
    const sentences = corpus.sentences.filter(sentence => blocks.get(sentence) !== fold)
    const tagger = await learn({ ...corpus, sentences }, words, { ...recipe, settings })
    for (const [sentence, block] of blocks) if (block === fold) tally.add(sentence, tagger)
  }
  return tally
}

const inFolder = (data: string, files: readonly string[]) => files.map(file => join(data, file))

const read = (data: string, { settings }: Recipe, files: readonly string[]) =>
  readCorpus(inFolder(data, files), settings, refuse)

function lists(data: string, { settings, lexicon, clusters }: Recipe): Promise<WordLists> {
  const path = (file: string | undefined) => (file === undefined ? undefined : join(data, file))
  return readWordLists(settings.language, { lexicon: path(lexicon), clusters: path(clusters) }, refuse)
}

async function learn(corpus: Corpus, words: WordLists, { settings }: Recipe): Promise<Tagger> {
  return taggerOf(encodeTensorFile(await trainTagger(corpus, words, settings, tools)), 'tagger')
}

/** What a tagger said of sentences, beside their own tags. */
class Tally {
  readonly #tags = new TagTally()
  readonly #candidates = new SpanTally()

  add({ words, tags }: TaggedSentence, tagger: Tagger): void {
    const out = new Uint8Array(words.length)
    tagger.tagWords(words, out)
    const given = Array.from(out, tag => tagger.tags[tag]!)
    this.#tags.add(tags, given)
    this.#candidates.add(candidateSpans(tags), candidateSpans(given))
  }

  figures(name: string, wanted: { accuracy?: number; candidates?: number }): Figure[] {
    const figure = (measure: string, share: number, least: number | undefined): Figure => {
      const value = 100 * share
      if (least === undefined) return { name, measure, value, beside: 'reported' }
      return { name, measure, value, beside: `at least ${least}`, isMet: value >= least }
    }
    const ofTags = ['ADJ', 'NOUN', 'PROPN'].map(tag => figure(`${tag} F1`, this.#tags.score(tag).f1, undefined))
    return [
      figure('UPOS', this.#tags.accuracy, wanted.accuracy),
      figure('candidate F1', this.#candidates.score.f1, wanted.candidates),
      ...ofTags,
    ]
  }
}
