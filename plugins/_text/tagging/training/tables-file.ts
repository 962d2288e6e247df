import { createHash } from 'node:crypto'
import type { TensorSource } from 'modelhost'
import { attributesVersion } from '../attributes.js'
import { formatVersion } from '../model-file.js'

/** What is known of words, as tensors. @see readWordLists, readNameLists */
export type WordLists = TensorSource['tensors']

/**
 * A file of word tables that many taggers share: it stays apart from their weights.
 *
 * @param metadata  what only the caller knows: the language, licences
 */
export function tablesFile(lists: WordLists, metadata: Readonly<Record<string, string>> = {}) {
  const own = {
    format_version: String(formatVersion),
    attributes_version: String(attributesVersion),
    hash: hashOf(lists),
  }
  return { tensors: lists, metadata: { ...metadata, ...own } }
}

/** SHA-256 over names, shapes and numbers. */
export function hashOf(tensors: WordLists): string {
  const hash = createHash('sha256')
  for (const name of Object.keys(tensors).sort()) {
    const tensor = tensors[name]!
    const data = 'shape' in tensor ? tensor.data : tensor
    hash.update(`${name} ${data.constructor.name} ${data.length}\n`)
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  }
  return hash.digest('hex')
}
