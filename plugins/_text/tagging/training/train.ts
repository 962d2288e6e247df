import { encodeTensorFile, stringList, TensorFile, type TensorSource } from 'modelhost'
import { attributesVersion, parseTemplate, type Template } from '../attributes.js'
import { formatVersion } from '../model-file.js'
import { readWordTables } from '../tables.js'
import { tablesOf, taggerOf } from '../tagger-file.js'
import type { Corpus } from './corpus.js'
import { extractFeatures } from './features.js'
import { type Look, learn } from './learn.js'
import { type LearnedSums, nothingLearned, packWeights } from './pack.js'
import type { TaggerSettings } from './settings.js'
import { hashOf, type WordLists } from './tables-file.js'
import { defaultTemplates } from './templates.js'
import type { Development, TaggerTools } from './tools.js'

export type TaggerFile = TensorSource & { readonly metadata: Readonly<Record<string, string>> }

export interface TrainedTagger {
  readonly source: TaggerFile
  /** What `tools.development` said of it. */
  readonly development?: Development
  /** With `patience`, the passes that were made for it. */
  readonly epochs?: number
}

/**
 * Learns a tagger.
 *
 * @param lists  what is known of words (`readWordLists`), to be part of the tagger's file; or a file of word tables
 *   (`tablesFile`) that stays apart: the tagger then has only its hash
 * @param settings  with `patience`, the first run says how many passes are made: those of its best one
 * @returns its file, but for what only the caller knows: the plugin, a version, the licence of the data
 * @throws what `refuse` makes
 */
export async function trainTagger(
  corpus: Corpus,
  lists: WordLists | TensorFile,
  settings: TaggerSettings,
  tools: TaggerTools,
): Promise<TrainedTagger> {
  const shared = lists instanceof TensorFile ? lists : undefined
  const tables = readWordTables(
    shared ?? new TensorFile(encodeTensorFile({ tensors: lists as WordLists }), 'word lists'),
  )
  const names = settings.templates.length > 0 ? settings.templates : defaultTemplates(settings.language, tables)
  const templates = names.map(name => readTemplate(name, tools))
  const domain = numberOfDomain(corpus, settings.domain, tools)
  const featureSettings = { templates, min_count: settings.min_count, hasCopies: domain !== undefined }
  const tagCount = corpus.tags.length
  const toSource = (learned: LearnedSums): TaggerFile => {
    const packed = packWeights(learned, { domain, threshold: settings.threshold, isPacked: shared !== undefined })
    const tensors = {
      ...(shared ? {} : (lists as WordLists)),
      ...stringList('tags', corpus.tags),
      ...stringList('templates', names),
      'weights.starts': packed.starts,
      [shared ? 'weights.packed' : 'weights.lists']: packed.lists,
      transitions: { data: packed.transitions, shape: [tagCount + 1, tagCount] },
      ...(corpus.allowed ? { allowed: { data: corpus.allowed, shape: [tagCount + 2, tagCount] } } : {}),
    }
    const metadata = {
      format_version: String(formatVersion),
      attributes_version: String(attributesVersion),
      language: settings.language,
      hash: hashOf(tensors),
      ...(shared ? { tables_hash: shared.metadata['hash'] ?? '' } : {}),
      scale: String(packed.scale),
      features: String(packed.features),
      weights: String(packed.weights),
    }
    return { tensors, metadata }
  }
  const asset = shared && tablesOf(shared.bytes, shared.file)
  const openFile = (source: TaggerFile) => taggerOf(encodeTensorFile(source), 'the tagger', asset)
  const open = (learned: LearnedSums) => {
    const source = toSource(learned)
    return { source, development: tools.development!(openFile(source)) }
  }
  try {
    openFile(toSource(nothingLearned(tagCount)))
  } catch (error) {
    throw tools.refuse(`nothing can be learned: ${(error as Error).message}`, error)
  }
  const features = extractFeatures(corpus, tables, featureSettings, tools.refuse)
  if (tools.development === undefined) return { source: toSource(await learn(features, settings, tools)) }
  const best = new BestPass(settings.patience ?? Number.POSITIVE_INFINITY)
  const lookAt = (learned: LearnedSums): Look => {
    const { source, development } = open(learned)
    return { figures: development.figures, isEnough: best.add(development, source) }
  }
  if (settings.patience === undefined) return open(await learn(features, settings, tools, lookAt))
  // The first run alone says how many passes there are: so it does not matter how far others were by then.
  await learn(features, { ...settings, runs: 1 }, tools, lookAt)
  const { epochs, source, development } = best.pass!
  if (settings.runs === 1) return { source, development, epochs }
  return { ...open(await learn(features, { ...settings, epochs }, tools)), epochs }
}

interface Pass {
  readonly epochs: number
  readonly source: TaggerFile
  readonly development: Development
}

/** The pass with the highest score so far; of equal ones the first. */
class BestPass {
  pass: Pass | undefined
  #epochs = 0

  constructor(readonly patience: number) {}

  /** @returns was it not the best one for as many passes as there is patience? */
  add(development: Development, source: TaggerFile): boolean {
    const epochs = ++this.#epochs
    // Without patience all of them are made, and none is to be kept.
    if (!Number.isFinite(this.patience)) return false
    if (!this.pass || development.score > this.pass.development.score) this.pass = { epochs, source, development }
    return epochs - this.pass.epochs >= this.patience
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
