import type { TensorFile } from 'modelhost'
import { invalid } from '../../_model/invalid.js'
import { attributesVersion, maxTemplates, parseTemplate, type Template } from './attributes.js'
import { readStrings, readWordTables, type WordTables } from './tables.js'

export const formatVersion = 1
export const maxTags = 64

/** A tagger's file: views, of which all is checked but the lists of weights. */
export interface TaggerModel {
  readonly tags: readonly string[]
  readonly language: string
  readonly version: string
  readonly hash: string
  readonly templates: readonly Template[]
  readonly tables: WordTables
  /** U32 [buckets + 1]: where the features of each bucket begin in the lists. */
  readonly starts: Uint32Array
  /** U8: of each feature half of its hash, a count, pairs of tag and weight. */
  readonly lists: Uint8Array
  /** I16 [tags + 1, tags]: from each tag, then from the start of a sentence. */
  readonly transitions: Int16Array
  /** U8 [tags + 2, tags], 1 where a tag may follow: from each tag, from the start, and may it end? Absent: all may. */
  readonly allowed: Uint8Array | undefined
}

/** @throws HostError ARTIFACT_INVALID */
export function readTaggerModel(file: TensorFile): TaggerModel {
  const { metadata } = file
  const wanted = { format_version: String(formatVersion), attributes_version: String(attributesVersion) }
  for (const [name, version] of Object.entries(wanted)) {
    if (metadata[name] === version) continue
    const found = metadata[name] === undefined ? `no ${name}` : `${name} ${metadata[name].slice(0, 20)}`
    throw invalid(file, `its metadata have ${found}, this host reads ${version}`)
  }
  const tags = readStrings(file, 'tags')
  if (tags.length < 1 || tags.length > maxTags || new Set(tags).size < tags.length) {
    throw invalid(file, `it has ${tags.length} tags; 1 to ${maxTags} different ones can be read`)
  }
  const starts = file.tensor('weights.starts', 'U32', [null])
  if (starts.length < 2) throw invalid(file, '"weights.starts" has no bucket')
  return {
    tags,
    language: metadata['language'] ?? '',
    version: metadata['version'] ?? '',
    hash: metadata['hash'] ?? '',
    templates: readTemplates(file),
    tables: readWordTables(file),
    starts,
    lists: file.tensor('weights.lists', 'U8', [null]),
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
