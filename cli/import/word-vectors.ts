/** Words and their vectors, from wherever -> a model of DocSim. */
import { stringTable } from '../../core/string-table.js'
import { stopWords } from '../../plugins/_text/stop-words.js'
import { ImportError } from './import-error.js'
import { maxModelBytes } from './limits.js'
import type { MadeModel } from './made-model.js'
import { quoted } from './pickle/quoted.js'

export interface FoundVectors {
  readonly source: string
  readonly words: readonly string[]
  /** Numbers of a vector. */
  readonly size: number
  /** How often each word stood in the training texts; absent where the file does not say. */
  readonly counts?: Uint32Array | undefined
  /** Training texts. */
  readonly documents?: number | undefined
  readonly params?: Readonly<Record<string, unknown>>
  readonly notes?: readonly string[]
  /** words × size, row-major; read when it is wanted. */
  vectors(): Float32Array
}

/** As docs/artifacts.md has it. */
const formatVersion = '1'
const maxSize = 4096
/** More than those of any language; a Set has place for 16 million. */
const maxWords = 10_000_000

const fewer = 'Keep the most frequent words: gensim has limit= in load_word2vec_format.'

/** @throws ImportError where there is too much or too little */
export function checkSizes(words: number, size: number): void {
  if (words === 0) throw new ImportError('it has no words.')
  if (words > maxWords) throw new ImportError(`it has ${words} words; up to ${maxWords} are read. ${fewer}`)
  if (size < 1 || size > maxSize)
    throw new ImportError(`its vectors have ${size} numbers; DocSim takes from 1 to ${maxSize}.`)
  const bytes = words * size * 4
  if (bytes > maxModelBytes)
    throw new ImportError(
      `its ${words} vectors of ${size} numbers take ${bytes} bytes; a model has at most ${maxModelBytes}. ${fewer}`,
    )
}

/** @throws ImportError */
export function makeDocSim(found: FoundVectors, language: string): MadeModel {
  const { source, words, size, counts, documents, params = {}, notes = [] } = found
  checkSizes(words.length, size)
  const listed = stopWordsAmong(words, language)
  return {
    plugin: 'DocSim',
    source,
    fixed: { vector_size: size },
    params: { ...params, ...(listed.length > 0 ? { stop_words: 'none' } : {}) },
    figures: { words: words.length, vector_size: size },
    notes: listed.length > 0 ? [...notes, stopWordNote(listed)] : notes,
    content() {
      const vectors = found.vectors()
      checkFinite(vectors, words, size)
      return {
        tensors: {
          ...stringTable('vocabulary', words),
          ...(counts ? { counts } : {}),
          word_vectors: { data: vectors, shape: [words.length, size] },
        },
        metadata: {
          format_version: formatVersion,
          plugin: 'DocSim',
          ...(documents ? { documents: String(documents) } : {}),
        },
      }
    },
  }
}

/** Stop words that have a vector: they were not left out of the training texts, so they are not of those to compare. */
function stopWordsAmong(words: readonly string[], language: string): readonly string[] {
  const listed = stopWords(language === 'en' ? 'en' : 'de')
  return words.filter(word => listed.has(word))
}

function stopWordNote(listed: readonly string[]): string {
  const some = listed.slice(0, 3).join(', ')
  return `${listed.length} stop words have vectors (${some}): stop_words is "none", so that they count as in gensim`
}

function checkFinite(vectors: Float32Array, words: readonly string[], size: number): void {
  for (let i = 0; i < vectors.length; i++) {
    if (Number.isFinite(vectors[i]!)) continue
    const word = quoted(words[Math.floor(i / size)]!)
    throw new ImportError(`number ${i % size} of the vector of ${word} is ${vectors[i]}. Train the model again.`)
  }
}
