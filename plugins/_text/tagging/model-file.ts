import type { TensorFile } from 'modelhost'
import { invalid } from '../../_model/invalid.js'
import { attributesVersion, maxTemplates, parseTemplate, type Template } from './attributes.js'
import { readStrings } from './tables.js'
import type { Transitions } from './transitions.js'

export const formatVersion = 1
export const maxTags = 64

/** A tagger's file, but for its word tables: views, of which all is checked but the lists of weights. */
export interface TaggerModel extends Transitions {
  readonly language: string
  readonly version: string
  readonly hash: string
  readonly templates: readonly Template[]
  /** Of the word tables that it was trained with, where they are a file of their own. */
  readonly tablesHash: string | undefined
  /** U32 [buckets + 1]: where the features of each bucket begin in the lists. */
  readonly starts: Uint32Array
  /** U8: of each feature half of its hash, a count, pairs of tag and weight; or, packed, bits of its tags, and weights. */
  readonly lists: Uint8Array
  readonly isPacked: boolean
  /** What a weight of 1 is worth in units of what was learned; 1 where the file does not say. */
  readonly scale: number
}

/** Of a tagger, and of word tables. @throws HostError ARTIFACT_INVALID */
export function checkVersions(file: TensorFile): void {
  const { metadata } = file
  const wanted = { format_version: String(formatVersion), attributes_version: String(attributesVersion) }
  for (const [name, version] of Object.entries(wanted)) {
    if (metadata[name] === version) continue
    const found = metadata[name] === undefined ? `no ${name}` : `${name} ${metadata[name].slice(0, 20)}`
    throw invalid(file, `its metadata have ${found}, this host reads ${version}`)
  }
}

/** @throws HostError ARTIFACT_INVALID */
export function readTaggerModel(file: TensorFile): TaggerModel {
  const { metadata } = file
  checkVersions(file)
  const tags = readStrings(file, 'tags')
  if (tags.length < 1 || tags.length > maxTags || new Set(tags).size < tags.length) {
    throw invalid(file, `it has ${tags.length} tags; 1 to ${maxTags} different ones can be read`)
  }
  const starts = file.tensor('weights.starts', 'U32', [null])
  // Only where rows are written apart: so the kernels of all other taggers stay as small as they are.
  const isPacked = metadata['tables_hash'] !== undefined && file.has('weights.packed')
  if (starts.length < 2) throw invalid(file, '"weights.starts" has no bucket')
  return {
    tags,
    language: metadata['language'] ?? '',
    version: metadata['version'] ?? '',
    hash: metadata['hash'] ?? '',
    templates: readTemplates(file),
    tablesHash: metadata['tables_hash'],
    scale: readScale(metadata['scale']),
    starts,
    lists: file.tensor(isPacked ? 'weights.packed' : 'weights.lists', 'U8', [null]),
    isPacked,
    transitions: file.tensor('transitions', 'I16', [tags.length + 1, tags.length]),
    allowed: file.has('allowed') ? file.tensor('allowed', 'U8', [tags.length + 2, tags.length]) : undefined,
  }
}

function readTemplates(file: TensorFile): Template[] {
  const texts = readStrings(file, 'templates')
  if (texts.length < 1 || texts.length > maxTemplates) {
    throw invalid(file, `it has ${texts.length} templates; 1 to ${maxTemplates} can be read`)
  }
  return texts.map(text => {
    const template = parseTemplate(text)
    if (typeof template === 'string')
      throw invalid(file, `its template "${text.slice(0, 100)}" cannot be read: ${template}`)
    return template
  })
}

function readScale(text: string | undefined): number {
  const scale = Number(text)
  return Number.isFinite(scale) && scale > 0 ? scale : 1
}
