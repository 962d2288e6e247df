/** gensim's models, pickled or saved: Doc2Vec, Word2Vec, and the word vectors alone, under the names of 1 to 4.4. */
import { checkDistinct, checkWords } from './check-words.js'
import { ImportError } from './import-error.js'
import { NumpyArray } from './pickle/numpy.js'
import { Dict, describePickled, Instance, type Value } from './pickle/values.js'
import { checkSizes, type FoundVectors } from './word-vectors.js'

/** Reads an array that gensim has saved beside the model. @param suffix  what follows the model's name: `wv.vectors.npy` */
export type ReadBeside = (suffix: string) => NumpyArray

export const isGensim = (value: Value): value is Instance =>
  value instanceof Instance && value.type.path.startsWith('gensim.models.')

/** @throws ImportError where it has no words with vectors, or they do not fit each other */
export function readGensim(root: Instance, readBeside: ReadBeside): FoundVectors {
  const name = root.type.path.split('.').at(-1)!
  if (name === 'Doc2VecKeyedVectors' || name === 'DocvecsArray')
    throw new ImportError('it holds the vectors of documents (docvecs), not of words. Import the Doc2Vec model.')
  const inner = root.attribute('wv')
  // The vectors of words alone, or a model of gensim before 1.0, which has them itself.
  const holder = inner instanceof Instance ? inner : root
  const prefix = inner instanceof Instance ? 'wv.' : ''
  const words = wordsOf(holder)
  const array = vectorsOf(holder, prefix, readBeside)
  const [rows = 0, size = 0] = array.shape
  if (array.shape.length !== 2 || rows !== words.length)
    throw new ImportError(`it has ${words.length} words, and their vectors are ${array.describe()}.`)
  checkSizes(rows, size)
  const counts = countsOf(holder, root, words)
  const documents = root.attribute('corpus_count')
  return {
    source: `a ${name} of gensim ${versionOf(root, holder)}`,
    words,
    size,
    counts,
    ...(typeof documents === 'number' && documents > 0 ? { documents } : {}),
    params: paramsOf(root),
    notes: notesOf(root, name),
    vectors: () => array.float32(),
  }
}

function wordsOf(holder: Instance): readonly string[] {
  for (const name of ['index_to_key', 'index2word', 'index2entity']) {
    const words = holder.attribute(name)
    if (!Array.isArray(words)) continue
    const checked = checkWords(words, name)
    // A few bytes of a pickle repeat a word; in an artifact each time is its whole length.
    checkDistinct(checked, name)
    return checked
  }
  throw new ImportError(`${describePickled(holder)} has no list of words (index_to_key). Import a Doc2Vec or Word2Vec.`)
}

function vectorsOf(holder: Instance, prefix: string, readBeside: ReadBeside): NumpyArray {
  for (const name of ['vectors', 'syn0']) {
    const array = holder.attribute(name)
    if (array instanceof NumpyArray) return array
    if (isBeside(holder, name)) return readBeside(`${prefix}${name}.npy`)
  }
  throw new ImportError(`${describePickled(holder)} has no word vectors. Import a model that has been trained.`)
}

/** gensim's `save` takes large arrays out, and lists their names. */
function isBeside(holder: Instance, name: string): boolean {
  const names = holder.attribute('__numpys')
  return Array.isArray(names) && names.includes(name)
}

function countsOf(holder: Instance, root: Instance, words: readonly string[]): Uint32Array | undefined {
  const expandos = holder.attribute('expandos')
  const array = expandos instanceof Dict ? expandos.get('count') : undefined
  if (array instanceof NumpyArray)
    return array.shape.join() === `${words.length}` ? readCounts(array.float64()) : undefined
  const vocabulary = holder.attribute('vocab') ?? root.attribute('vocab')
  if (!(vocabulary instanceof Dict)) return undefined
  return readCounts(
    Float64Array.from(words, word => {
      const entry = vocabulary.get(word)
      const count = entry instanceof Instance ? entry.attribute('count') : undefined
      return typeof count === 'number' ? count : Number.NaN
    }),
  )
}

/** undefined where they are no counts, or those that gensim makes up for files without: n, n - 1, ..., 1. */
function readCounts(counts: Float64Array): Uint32Array | undefined {
  if (!counts.every(count => Number.isInteger(count) && count >= 0 && count <= 0xffff_ffff)) return undefined
  const isMadeUp = counts.length > 1 && counts.every((count, i) => count === counts.length - i)
  return isMadeUp ? undefined : Uint32Array.from(counts)
}

/** gensim 4 writes a diary, which says its version; before it, the names of attributes do. */
function versionOf(root: Instance, holder: Instance): string {
  const events = root.attribute('lifecycle_events') ?? holder.attribute('lifecycle_events')
  for (const event of Array.isArray(events) ? [...events].reverse() : []) {
    const version = event instanceof Dict ? event.get('gensim') : undefined
    if (typeof version === 'string' && /^[\w.+-]{1,20}$/.test(version)) return version
  }
  if (Array.isArray(holder.attribute('index_to_key'))) return '4'
  if (holder.attribute('vectors') !== undefined || isBeside(holder, 'vectors')) return '3'
  return 'before 3.3'
}

/** What it was trained with, for who reads the params file or trains again. */
function paramsOf(root: Instance): Record<string, unknown> {
  const vocabulary = root.attribute('vocabulary')
  const attribute = (name: string): Value | undefined => {
    const own = root.attribute(name)
    return own === undefined && vocabulary instanceof Instance ? vocabulary.attribute(name) : own
  }
  const params: Record<string, unknown> = { epochs: attribute('epochs') ?? attribute('iter') }
  for (const name of ['min_count', 'window', 'negative', 'alpha', 'min_alpha', 'sample', 'seed'])
    params[name] = attribute(name)
  return Object.fromEntries(Object.entries(params).filter(([, value]) => typeof value === 'number'))
}

function notesOf(root: Instance, name: string): readonly string[] {
  const isUntrained = name === 'Doc2Vec' && root.attribute('sg') === 1 && root.attribute('dbow_words') === 0
  return isUntrained
    ? ['it was trained as PV-DBOW (dm=0) without dbow_words: its word vectors are as random as they began']
    : []
}
