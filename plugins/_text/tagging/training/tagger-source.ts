import { encodeTensorFile, stringList, TensorFile, type TensorSource, type TrainEnd } from 'modelhost'
import { attributesVersion, parseTemplate, type Template } from '../attributes.js'
import { formatVersion } from '../model-file.js'
import { readWordTables, type WordTables } from '../tables.js'
import type { Tagger } from '../tagger.js'
import { tablesOf, taggerOf } from '../tagger-file.js'
import type { Corpus } from './corpus.js'
import type { FeatureSettings } from './features.js'
import { type LearnedSums, nothingLearned, type PackedWeights, packWeights } from './pack.js'
import type { TaggerSettings } from './settings.js'
import { hashOf, type WordLists } from './tables-file.js'
import { defaultTemplates } from './templates.js'
import type { Development, TaggerTools } from './tools.js'

export type TaggerFile = TensorSource & { readonly metadata: Readonly<Record<string, string>> }

export interface TrainedTagger {
  readonly source: TaggerFile
  /** What `tools.development` said of it. */
  readonly development?: Development | undefined
  /** With `patience`, the passes that were made for it. */
  readonly epochs?: number | undefined
  /** In epochs of all runs, on average; the whole where a training that goes on would learn no more. */
  readonly end: TrainEnd
}

/** Makes the file of a tagger of what was learned. */
export class TaggerSources {
  readonly tables: WordTables
  readonly featureSettings: FeatureSettings
  readonly #names: readonly string[]
  readonly #domain: number | undefined
  readonly #shared: TensorFile | undefined

  /** @throws what `refuse` makes when nothing can be learned so */
  constructor(
    private readonly corpus: Corpus,
    private readonly lists: WordLists | TensorFile,
    private readonly settings: TaggerSettings,
    tools: TaggerTools,
  ) {
    const shared = lists instanceof TensorFile ? lists : undefined
    const own = shared ?? new TensorFile(encodeTensorFile({ tensors: lists as WordLists }), 'word lists')
    this.#shared = shared
    this.tables = readWordTables(own)
    this.#names = settings.templates.length > 0 ? settings.templates : defaultTemplates(settings.language, this.tables)
    const templates = this.#names.map(name => readTemplate(name, tools))
    this.#domain = numberOfDomain(corpus, settings.domain, tools)
    this.featureSettings = { templates, min_count: settings.min_count, hasCopies: this.#domain !== undefined }
    try {
      this.open(this.pack(nothingLearned(corpus.tags.length)))
    } catch (error) {
      throw tools.refuse(`nothing can be learned: ${(error as Error).message}`, error)
    }
  }

  /** @param learned  changed by it */
  pack(learned: LearnedSums): PackedWeights {
    const isPacked = this.#shared !== undefined
    return packWeights(learned, { domain: this.#domain, threshold: this.settings.threshold, isPacked })
  }

  fileOf(packed: PackedWeights): TaggerFile {
    const shared = this.#shared
    const { tags, allowed } = this.corpus
    const tensors = {
      ...(shared ? {} : (this.lists as WordLists)),
      ...stringList('tags', tags),
      ...stringList('templates', this.#names),
      'weights.starts': packed.starts,
      [shared ? 'weights.packed' : 'weights.lists']: packed.lists,
      transitions: { data: packed.transitions, shape: [tags.length + 1, tags.length] },
      ...(allowed ? { allowed: { data: allowed, shape: [tags.length + 2, tags.length] } } : {}),
    }
    const metadata = {
      format_version: String(formatVersion),
      attributes_version: String(attributesVersion),
      language: this.settings.language,
      hash: hashOf(tensors),
      ...(shared ? { tables_hash: shared.metadata['hash'] ?? '' } : {}),
      scale: String(packed.scale),
      features: String(packed.features),
      weights: String(packed.weights),
    }
    return { tensors, metadata }
  }

  open(packed: PackedWeights): Tagger {
    const shared = this.#shared
    const asset = shared && tablesOf(shared.bytes, shared.file)
    return taggerOf(encodeTensorFile(this.fileOf(packed)), 'the tagger', asset)
  }
}

function readTemplate(text: string, { refuse }: TaggerTools): Template {
  const template = parseTemplate(text)
  if (typeof template === 'string') throw refuse(`the template "${text}" cannot be read: ${template}.`)
  return template
}

/** Copies of features make sense where there are several domains. */
function numberOfDomain({ domains }: Corpus, name: string | undefined, { refuse }: TaggerTools): number | undefined {
  if (name === undefined) return undefined
  const number = domains.indexOf(name)
  if (number < 0) throw refuse(`there is no training file for the domain "${name}" (found: ${domains.join(', ')}).`)
  return domains.length > 1 ? number : undefined
}
