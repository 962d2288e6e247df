/** Rows as Snowflake sends them and reads their answers: `{"data": [[rowNumber, value, ...], ...]}`. */
import { fail } from './errors.js'
import { describeJsonError } from './words.js'

/**
 * Is told where a row lies in the text: its brackets, and its number within.
 *
 * @param end  behind the closing bracket
 */
export type VisitRow = (start: number, numberStart: number, numberEnd: number, end: number) => void

/**
 * Finds the rows of a body, in one pass, whatever stands in them: it looks at brackets, quotes and commas alone. A row's
 * number stays text, as it may exceed what a double holds; the rest of a row is whoever parses it to judge.
 *
 * @throws HostError BODY_MALFORMED, REQUEST_INVALID where the rows are too many
 * @see Snowflake documentation, external-functions-data-format
 */
export function findRows(text: string, visit: VisitRow): void {
  let at = skipBlanks(text, 0)
  if (at === text.length) throw malformedRows('The body is empty.')
  if (text[at] !== '{') throw malformedRows('The body is no JSON object.')
  let hasData = false
  at = skipBlanks(text, at + 1)
  if (text[at] === '}') throw malformedRows('The body has no "data".')
  for (;;) {
    if (text[at] !== '"') throw malformedRows('The body is not valid JSON: a name in quotes must follow { or a comma.')
    const keyEnd = endOfText(text, at)
    const key = parse(text.slice(at, keyEnd), 'The body')
    at = skipBlanks(text, keyEnd)
    if (text[at] !== ':') throw malformedRows('The body is not valid JSON: a colon must follow a name.')
    at = skipBlanks(text, at + 1)
    if (key === 'data') {
      if (hasData) throw malformedRows('The body has "data" more than once.')
      hasData = true
      at = findRowsOf(text, at, visit)
    } else {
      const end = endOfValue(text, at)
      parse(text.slice(at, end), 'The body')
      at = end
    }
    at = skipBlanks(text, at)
    if (text[at] === '}') break
    if (text[at] !== ',') throw malformedRows('The body is not valid JSON: it ends too early, or a comma is missing.')
    at = skipBlanks(text, at + 1)
  }
  if (skipBlanks(text, at + 1) < text.length) throw malformedRows('The body goes on after its end.')
  if (!hasData) throw malformedRows('The body has no "data".')
}

/** @returns the place behind the list of rows that begins at `at` */
function findRowsOf(text: string, at: number, visit: VisitRow): number {
  if (text[at] !== '[') throw malformedRows('"data" must be a list of rows.')
  let next = skipBlanks(text, at + 1)
  if (text[next] === ']') return next + 1
  for (let row = 1; ; row++) {
    if (row > maxRows) {
      throw fail('REQUEST_INVALID', { problem: `The body has more than ${maxRows} rows. Send fewer at a time.` })
    }
    next = skipBlanks(text, findRow(text, next, row, visit))
    if (text[next] === ']') return next + 1
    if (text[next] !== ',')
      throw malformedRows(`The body is not valid JSON after row ${row}: it ends, or lacks a comma.`)
    next = skipBlanks(text, next + 1)
  }
}

/** More fit into 10 MB only where there is nothing in them, and an error for each would fill a heap. */
const maxRows = 1_000_000

const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y

function findRow(text: string, start: number, row: number, visit: VisitRow): number {
  if (text[start] !== '[') throw malformedRows(`Row ${row} is no list.`)
  const numberStart = skipBlanks(text, start + 1)
  number.lastIndex = numberStart
  if (!number.test(text)) throw malformedRows(`Row ${row} does not begin with its number.`)
  const numberEnd = number.lastIndex
  let end = skipBlanks(text, numberEnd)
  if (text[end] !== ',' && text[end] !== ']') throw malformedRows(`Row ${row} does not begin with its number.`)
  while (text[end] === ',') end = endOfValue(text, end + 1)
  if (text[end] !== ']') throw malformedRows(`Row ${row} is not closed.`)
  visit(start, numberStart, numberEnd, end + 1)
  return end + 1
}

/**
 * What stands in a row, its number left out.
 *
 * @param row    the row with its brackets
 * @param place  of the row in its body, from 1
 * @throws HostError BODY_MALFORMED where it is no JSON
 */
export function parseRow(row: string, place: number): unknown[] {
  return (parse(row, `Row ${place}`) as unknown[]).slice(1)
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw malformedRows(`${what} is not valid JSON: ${describeJsonError(error)}.`, error)
  }
}

export const malformedRows = (problem: string, cause?: unknown) =>
  fail(
    'BODY_MALFORMED',
    { problem, expected: '{"data": [[0, ...], [1, ...]]}: lists of a number and the arguments' },
    cause,
  )

const [tab, newline, carriageReturn, blank] = [0x09, 0x0a, 0x0d, 0x20]
const [quote, comma, open, backslash, close, openBrace, closeBrace] = [0x22, 0x2c, 0x5b, 0x5c, 0x5d, 0x7b, 0x7d]

/** @returns the first place from `at` on that is no white space of JSON */
export function skipBlanks(text: string, at: number): number {
  for (let i = at; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code !== blank && code !== newline && code !== carriageReturn && code !== tab) return i
  }
  return text.length
}

/** @returns the place of the comma or bracket that ends the value which begins at `at`, or the text's end */
export function endOfValue(text: string, at: number): number {
  let depth = 0
  for (let i = at; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === quote) {
      i = endOfText(text, i) - 1
    } else if (code === open || code === openBrace) {
      depth++
    } else if (code === close || code === closeBrace) {
      if (depth === 0) return i
      depth--
    } else if (code === comma && depth === 0) {
      return i
    }
  }
  return text.length
}

/** @returns the place behind the quote that closes the one at `at`, or the text's end */
function endOfText(text: string, at: number): number {
  for (let end = text.indexOf('"', at + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let escapes = end
    while (text.charCodeAt(escapes - 1) === backslash) escapes--
    if ((end - escapes) % 2 === 0) return end + 1
  }
  return text.length
}
