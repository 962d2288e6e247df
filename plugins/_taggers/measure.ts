import { join } from 'node:path'
import { encodeTensorFile } from 'modelhost'
import { candidateSpans, SpanTally } from '../_measures/spans.js'
import { TagTally } from '../_measures/tagging.js'
import type { Tagger } from '../_text/tagging/tagger.js'
import { taggerOf } from '../_text/tagging/tagger-file.js'
import { type Corpus, readCorpus, type TaggedSentence } from '../_text/tagging/training/corpus.js'
import type { WordLists } from '../_text/tagging/training/tables-file.js'
import type { TaggerFile } from '../_text/tagging/training/tagger-source.js'
import type { TaggerTools } from '../_text/tagging/training/tools.js'
import { trainTagger } from '../_text/tagging/training/train.js'
import { readWordLists } from '../_text/tagging/training/word-lists.js'
import type { Recipe } from './recipes.js'

/** Trains by a recipe, and measures on what was left out. */
export class Kitchen {
  /** @param data  folder of the files that the recipe names */
  constructor(
    readonly data: string,
    readonly recipe: Recipe,
    readonly tools: TaggerTools,
  ) {}

  read(files: readonly string[]): Promise<Corpus> {
    const paths = files.map(file => join(this.data, file))
    return readCorpus(paths, this.recipe.settings, this.tools.refuse)
  }

  readLists(): Promise<WordLists> {
    const { lexicon, clusters, settings } = this.recipe
    const path = (file: string | undefined) => (file === undefined ? undefined : join(this.data, file))
    return readWordLists(settings.language, { lexicon: path(lexicon), clusters: path(clusters) }, this.tools.refuse)
  }

  async train(corpus: Corpus, lists: WordLists, domain = this.recipe.settings.domain): Promise<TaggerFile> {
    return (await trainTagger(corpus, lists, { ...this.recipe.settings, domain }, this.tools)).source
  }

  /** How well the development set is tagged by what is learned without it. */
  async measure(): Promise<TaggingScore> {
    const { dev, folds, train } = this.recipe
    const lists = await this.readLists()
    if (folds) return this.measureByFolds(await this.read(train), lists, dev)
    const corpus = await this.read(train.filter(file => file !== dev))
    return scoreOf((await this.read([dev])).sentences, open(await this.train(corpus, lists)))
  }

  /** Each fold of one file, tagged by what its other folds and all other files teach. */
  async measureByFolds(corpus: Corpus, lists: WordLists, file: string): Promise<TaggingScore> {
    const score = new TaggingScore()
    const domain = corpus.domains.find(name => file.includes(name))!
    const number = corpus.domains.indexOf(domain)
    const own = corpus.sentences.filter(sentence => sentence.domain === number)
    const folds = new Map(own.map((sentence, i) => [sentence, Math.floor(i / blockSentences) % foldCount]))
    for (let fold = 0; fold < foldCount; fold++) {
      const sentences = corpus.sentences.filter(sentence => folds.get(sentence) !== fold)
      const tagger = open(await this.train({ ...corpus, sentences }, lists, domain))
      for (const sentence of own) if (folds.get(sentence) === fold) score.add(sentence, tagger)
    }
    return score
  }
}

export const foldCount = 10
/** Neighbouring sentences of a treebank are of one text: folds are of blocks of so many. */
const blockSentences = 16

/** Gives the words of a sentence their tags. */
export type TagWords = (words: readonly string[]) => string[]

export const openFile = (file: TaggerFile): Tagger => taggerOf(encodeTensorFile(file), 'tagger')

function open(file: TaggerFile): TagWords {
  const tagger = openFile(file)
  return words => {
    const out = new Uint8Array(words.length)
    tagger.tagWords(words, out)
    return Array.from(out, tag => tagger.tags[tag]!)
  }
}

export function scoreOf(sentences: readonly TaggedSentence[], tag: TagWords): TaggingScore {
  const score = new TaggingScore()
  for (const sentence of sentences) score.add(sentence, tag)
  return score
}

/** What a tagger said of sentences, beside their own tags. */
export class TaggingScore {
  readonly tags = new TagTally()
  readonly candidates = new SpanTally()

  add({ words, tags }: TaggedSentence, tag: TagWords): void {
    const given = tag(words)
    this.tags.add(tags, given)
    this.candidates.add(candidateSpans(tags), candidateSpans(given))
  }
}
