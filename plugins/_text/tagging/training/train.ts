import { createHash } from 'node:crypto'
import { encodeTensorFile, stringList, TensorFile, type TensorSource } from 'modelhost'
import { attributesVersion, parseTemplate, type Template } from '../attributes.js'
import { formatVersion } from '../model-file.js'
import { readWordTables } from '../tables.js'
import { taggerOf } from '../tagger-file.js'
import type { Corpus } from './corpus.js'
import { accuracyOn } from './development.js'
import { extractFeatures } from './features.js'
import { learn } from './learn.js'
import { type LearnedSums, packWeights } from './pack.js'
import type { TaggerSettings } from './settings.js'
import { defaultTemplates } from './templates.js'
import type { TaggerTools } from './tools.js'

export type WordLists = TensorSource['tensors']
export type TaggerFile = TensorSource & { readonly metadata: Readonly<Record<string, string>> }

/**
 * Learns a tagger.
 *
 * @param lists  what is known of words. @see readWordLists
 * @returns its file, but for what only the caller knows: the plugin, a version, the licence of the data
 * @throws what `refuse` makes
 */
export async function trainTagger(
  corpus: Corpus,
  lists: WordLists,
  settings: TaggerSettings,
  tools: TaggerTools,
): Promise<TaggerFile> {
  const tables = readWordTables(new TensorFile(encodeTensorFile({ tensors: lists }), 'word lists'))
  const names = settings.templates.length > 0 ? settings.templates : defaultTemplates(settings.language, tables)
  const templates = names.map(name => readTemplate(name, tools))
  const domain = numberOfDomain(corpus, settings.domain, tools)
  const featureSettings = { templates, min_count: settings.min_count, hasCopies: domain !== undefined }
  const features = extractFeatures(corpus, tables, featureSettings)
  const toSource = (learned: LearnedSums): TaggerFile => {
    const packed = packWeights(learned, { domain, threshold: settings.threshold })
    const tensors = {
      ...lists,
      ...stringList('tags', corpus.tags),
      ...stringList('templates', names),
      'weights.starts': packed.starts,
      'weights.lists': packed.lists,
      transitions: { data: packed.transitions, shape: [corpus.tags.length + 1, corpus.tags.length] },
    }
    const metadata = {
      format_version: String(formatVersion),
      attributes_version: String(attributesVersion),
      language: settings.language,
      hash: hashOf(tensors),
      scale: String(packed.scale),
      features: String(packed.features),
      weights: String(packed.weights),
    }
    return { tensors, metadata }
  }
  const { development } = tools
  const accuracy = (source: TaggerFile) => accuracyOn(development!, taggerOf(encodeTensorFile(source), 'tagger'))
  const lookAt = (learned: LearnedSums) => ({ 'dev accuracy': accuracy(toSource(learned)) })
  const source = toSource(await learn(features, settings, tools, development && lookAt))
  if (development === undefined) return source
  return { ...source, metadata: { ...source.metadata, dev_accuracy: (100 * accuracy(source)).toFixed(2) } }
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

/** SHA-256 over names, shapes and numbers. */
function hashOf(tensors: TensorSource['tensors']): string {
  const hash = createHash('sha256')
  for (const name of Object.keys(tensors).sort()) {
    const tensor = tensors[name]!
    const data = 'shape' in tensor ? tensor.data : tensor
    hash.update(`${name} ${data.constructor.name} ${data.length}\n`)
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  }
  return hash.digest('hex')
}
