/** Vectors as word2vec and gensim's `save_word2vec_format` write them, as text or binary. */
import type { ByteSource } from './byte-source.js'
import { ImportError } from './import-error.js'
import { checkSizes, type FoundVectors } from './word-vectors.js'
import { readBinaryRows } from './word2vec-binary.js'
import { readTextRows } from './word2vec-text.js'

/** Where the rows are, and how many. */
export interface RowPlan {
  readonly source: ByteSource
  /** Of the first row. */
  readonly start: number
  readonly rows: number
  readonly size: number
}

export interface Rows {
  readonly words: string[]
  /** rows × size; of equal words the first alone. */
  readonly vectors: Float32Array
  readonly repeated: number
}

const sampleBytes = 1 << 16

/** @throws ImportError */
export function readWord2Vec(source: ByteSource): FoundVectors {
  const sample = new Uint8Array(Math.min(sampleBytes, source.bytes))
  source.read(0, sample)
  const plan = readHeader(source, sample)
  const isText = looksLikeText(sample.subarray(plan.start), plan.size)
  const least = isText ? 2 * plan.size + 1 : 4 * plan.size + 2
  if (plan.rows * least > source.bytes - plan.start + 1)
    throw new ImportError(
      `its first line claims ${plan.rows} words of ${plan.size} numbers, more than its ${source.bytes} bytes can have. ` +
        'It is damaged or cut off.',
    )
  checkSizes(plan.rows, plan.size)
  const { words, vectors, repeated } = isText ? readTextRows(plan) : readBinaryRows(plan)
  return {
    source: `word2vec's ${isText ? 'text' : 'binary'} format`,
    words,
    size: plan.size,
    notes: repeated > 0 ? [`${repeated} words stand there again; the first of each counts, as in gensim`] : [],
    vectors: () => vectors,
  }
}

function readHeader(source: ByteSource, sample: Uint8Array): RowPlan {
  const end = sample.indexOf(0x0a)
  const line = String.fromCharCode(...sample.subarray(0, end < 0 ? 0 : Math.min(end, 100)))
  const [, rows, size] = /^(\d{1,12})[ \t]+(\d{1,12})[ \t]*\r?$/.exec(line) ?? []
  if (rows === undefined) throw new ImportError('its first line is not "<words> <numbers of a vector>".')
  return { source, start: end + 1, rows: Number(rows), size: Number(size) }
}

/** What follows the first word: signs that people read, or bytes of floats? A few floats may be either. */
function looksLikeText(rest: Uint8Array, size: number): boolean {
  const end = rest.indexOf(0x0a)
  const line = String.fromCharCode(...rest.subarray(0, Math.min(end < 0 ? rest.length : end, 4096)))
  const numbers = line.slice(line.search(/[ \t]/) + 1)
  return size < 4 ? /^[-+.\deE \t\r]*$|^[-+.\da-zA-Z \t\r]*$/.test(numbers) : /^[\x20-\x7e\t\r]*$/.test(numbers)
}
