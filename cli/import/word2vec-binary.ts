import { ImportError } from './import-error.js'
import { Cursor } from './pickle/cursor.js'
import { RowWords } from './row-words.js'
import type { RowPlan, Rows } from './word2vec.js'

export const maxWordBytes = 1 << 14
const space = 0x20
const lineFeed = 0x0a

/**
 * Each row is a word, a space, and `size` floats of 4 bytes, the lowest first. Some writers end a row with a line feed,
 * others do not: those before a word are passed over, as gensim does.
 */
export function readBinaryRows({ source, start, rows, size }: RowPlan): Rows {
  const cursor = new Cursor(source, 'the file of vectors')
  cursor.skip(start)
  const vectors = new Float32Array(rows * size)
  const bytes = new Uint8Array(vectors.buffer)
  const words = new RowWords()
  const word = new Uint8Array(maxWordBytes)
  for (let row = 0; row < rows; row++) {
    const at = cursor.offset
    const place = () => `row ${row + 1} (byte ${at})`
    const length = readWord(cursor, word, place)
    const vector = cursor.take(size * 4)
    // A row that repeats a word is written over by the next one.
    bytes.set(vector, words.list.length * size * 4)
    words.add(word.subarray(0, length), place)
  }
  while (cursor.remaining > 0) {
    if (cursor.byte() !== lineFeed)
      throw new ImportError(
        `${cursor.remaining + 1} bytes follow its ${rows} words. Its first line or its vectors are damaged.`,
      )
  }
  return { words: words.list, vectors: vectors.subarray(0, words.list.length * size), repeated: words.repeated }
}

function readWord(cursor: Cursor, word: Uint8Array, place: () => string): number {
  let length = 0
  for (;;) {
    const byte = cursor.byte()
    if (byte === space) break
    if (byte === lineFeed && length === 0) continue
    if (length === maxWordBytes) throw new ImportError(`${place()} has a word of more than ${maxWordBytes} bytes.`)
    word[length++] = byte
  }
  if (length === 0) throw new ImportError(`${place()} has no word before its vector.`)
  return length
}
