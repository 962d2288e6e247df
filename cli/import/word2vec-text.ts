import { readDecimal } from './decimals.js'
import { ImportError } from './import-error.js'
import { Cursor } from './pickle/cursor.js'
import { quoted } from './pickle/quoted.js'
import { RowWords } from './row-words.js'
import type { RowPlan, Rows } from './word2vec.js'
import { maxWordBytes } from './word2vec-binary.js'

const maxNumberBytes = 40
const isBlank = (byte: number) => byte === 0x20 || byte === 0x09

/** Each line is a word and `size` numbers, with single spaces or tabs between. */
export function readTextRows({ source, start, rows, size }: RowPlan): Rows {
  const cursor = new Cursor(source, 'the file of vectors')
  cursor.skip(start)
  const vectors = new Float32Array(rows * size)
  const words = new RowWords()
  const maxLineBytes = maxWordBytes + size * maxNumberBytes
  for (let row = 0; row < rows; row++) {
    const place = () => `line ${row + 2}`
    if (cursor.remaining === 0)
      throw new ImportError(`it ends after ${row} of the ${rows} words that its first line claims. It is cut off.`)
    const line = cursor.line(maxLineBytes, true)
    if (!line) throw new ImportError(`${place()} has more than ${maxLineBytes} bytes.`)
    const end = trimmedLength(line)
    const wordEnd = line.findIndex(isBlank)
    if (end === 0 || wordEnd === 0) throw new ImportError(`${place()} has no word at its begin.`)
    const at = words.list.length * size
    readNumbers(line, wordEnd < 0 ? end : wordEnd, end, vectors.subarray(at, at + size), place)
    words.add(line.subarray(0, wordEnd < 0 ? end : wordEnd), place)
  }
  checkEnd(cursor, rows)
  return { words: words.list, vectors: vectors.subarray(0, words.list.length * size), repeated: words.repeated }
}

function trimmedLength(line: Uint8Array): number {
  let end = line.length
  while (end > 0 && (isBlank(line[end - 1]!) || line[end - 1] === 0x0d)) end--
  return end
}

function readNumbers(line: Uint8Array, from: number, end: number, vector: Float32Array, place: () => string): void {
  let column = 0
  let odd: string | undefined
  for (let at = from; at < end; column++) {
    const start = at + 1
    at = start
    while (at < end && !isBlank(line[at]!)) at++
    if (column >= vector.length) continue
    const value = Math.fround(readDecimal(line, start, at))
    vector[column] = value
    if (Number.isFinite(value)) continue
    const text = new TextDecoder().decode(line.slice(start, Math.min(at, start + maxNumberBytes)))
    odd ??= `number ${column + 1} of ${place()} is ${quoted(text)}, not a finite number.`
  }
  if (column !== vector.length)
    throw new ImportError(
      `${place()} has ${column} numbers instead of ${vector.length}. It is damaged, or its word has a blank in it.`,
    )
  if (odd !== undefined) throw new ImportError(odd)
}

function checkEnd(cursor: Cursor, rows: number): void {
  while (cursor.remaining > 0) {
    const byte = cursor.byte()
    if (byte !== 0x0a && byte !== 0x0d && !isBlank(byte))
      throw new ImportError(`line ${rows + 2} and further ones follow the ${rows} words that its first line claims.`)
  }
}
