import { join } from 'node:path'
import { encodeTensorFile, TensorFile } from 'modelhost'
import { augment } from '../_text/entities/augment.js'
import { type EntityCorpus, type EntitySentence, readEntityCorpus } from '../_text/entities/corpus.js'
import { countCapitals } from '../_text/entities/count-capitals.js'
import { toTaggedCorpus } from '../_text/entities/tagged-corpus.js'
import { nameTemplates } from '../_text/entities/templates.js'
import { readWordTables } from '../_text/tagging/tables.js'
import { readNameLists } from '../_text/tagging/training/name-lists.js'
import { tablesFile } from '../_text/tagging/training/tables-file.js'
import type { TaggerFile } from '../_text/tagging/training/tagger-source.js'
import type { TaggerTools } from '../_text/tagging/training/tools.js'
import { trainTagger } from '../_text/tagging/training/train.js'
import { joinHashtags, unify } from './conventions.js'
import { Draws } from './draws.js'
import { fillersOf } from './fillers.js'
import { readOtherLists, writeGazetteer } from './gazetteer.js'
import { readOwnList, readOwnSentences } from './own-lists.js'
import type { Recipe } from './recipes.js'
import { SentenceMaker } from './sentence-maker.js'

const handles = ['user', 'newsnow', 'realfan', 'jsmith12', 'team_blue', 'dailynews']

/** Trains models of names by a recipe. */
export class Kitchen {
  /**
   * @param data  folder of the files that the recipe names
   * @param work  folder for what is made on the way
   */
  constructor(
    readonly data: string,
    readonly work: string,
    readonly recipe: Recipe,
    readonly tools: TaggerTools,
  ) {}

  /** How texts are cut, and what no name may be. */
  get cutting() {
    const { language, mode } = this.recipe
    return { language, mode, split_hyphens: false, mentions: false, hashtags: false }
  }

  /** Sentences of sets, by our conventions; their files are the domains. */
  async read(files: readonly string[]): Promise<EntityCorpus> {
    const own = await readOwnList(this.recipe.language, this.tools.refuse)
    const titles = new Set(own.get('TITLE')?.map(title => title.toLowerCase()))
    const corpus = await this.#readFiles(files)
    return { ...corpus, sentences: corpus.sentences.map(sentence => unify(sentence, titles)) }
  }

  /** Sentences to measure on: names are as the files have them. */
  async readAsGiven(files: readonly string[]): Promise<EntitySentence[]> {
    return (await this.#readFiles(files)).sentences.map(joinHashtags)
  }

  #readFiles(files: readonly string[]): Promise<EntityCorpus> {
    const { labels } = this.recipe
    const paths = files.map(file => join(this.data, file))
    return readEntityCorpus(
      paths,
      { ...this.cutting, hashtags: true, labels, data_offsets: 'utf16' },
      this.tools.refuse,
    )
  }

  /** What is known of words, as a file of its own. */
  async makeTables(): Promise<TensorFile> {
    const { recipe, tools } = this
    const { language, clusters, lexicon, text } = recipe
    const path = (file: string | undefined) => (file === undefined ? undefined : join(this.data, file))
    const others = await readOtherLists(this.data, recipe, tools.refuse)
    const gazetteer = await writeGazetteer(this.work, recipe, others, tools.refuse)
    const capitals = text === undefined ? undefined : await countCapitals(path(text)!, this.cutting, tools.refuse)
    const lists = await readNameLists(
      language,
      { clusters: path(clusters), lexicon: path(lexicon), gazetteer, capitals },
      tools.refuse,
    )
    const source = tablesFile(lists, { language, licence: recipe.licence, sources: recipe.sources.join('; ') })
    return new TensorFile(encodeTensorFile(source), 'NER-tables')
  }

  /** Sentences of our own, each made so often, with other names each time. */
  async makeSentences(domain: number): Promise<EntitySentence[]> {
    const { language, made, settings } = this.recipe
    const { refuse } = this.tools
    const own = await readOwnList(language, refuse)
    const others = await readOtherLists(this.data, this.recipe, refuse)
    const draws = new Draws(settings.seed)
    const maker = new SentenceMaker(language, fillersOf(own, others, handles, draws))
    const patterns = await readOwnSentences(language, refuse)
    return Array.from({ length: made }, () => patterns.map(pattern => maker.make(pattern, domain))).flat()
  }

  /** Learns from sentences, and from those of our own. */
  async train({ sentences, domains }: EntityCorpus, tables: TensorFile): Promise<TaggerFile> {
    const { recipe, tools } = this
    const { lower, upper, title } = recipe.shares
    const shares = { lower_case_share: lower, upper_case_share: upper, title_case_share: title }
    const all = [...sentences, ...(await this.makeSentences(domains.length))]
    const written = augment(all, { ...shares, seed: recipe.settings.seed })
    const tagged = toTaggedCorpus(written, [...domains, 'made'], tools.refuse)
    const templates =
      recipe.settings.templates.length > 0 ? recipe.settings.templates : nameTemplates(readWordTables(tables))
    const { source } = await trainTagger(tagged, tables, { ...recipe.settings, templates }, tools)
    return source
  }
}
