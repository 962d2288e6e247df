import { fail } from './errors.js'

/**
 * Cuts a CSV body into rows of fields; blank lines are no rows.
 *
 * Written by hand because it is the hot path of a lane: it leaps from separator to separator with `indexOf`.
 *
 * @returns rows × fields, quotes taken off
 * @throws HostError BODY_MALFORMED for a quote that is never closed, or closed amid a field
 * @see RFC 4180; also takes LF and CR alone as ends of a row
 */
export function splitCsv(text: string): string[][] {
  const rows: string[][] = []
  const comma = new Finder(text, ',')
  const lf = new Finder(text, '\n')
  const cr = new Finder(text, '\r')
  let row: string[] = []
  let at = 0
  while (at < text.length) {
    let end: number
    let field: string
    const isQuoted = text.charCodeAt(at) === quote
    if (isQuoted) {
      const close = findClosingQuote(text, at + 1, rows.length + 1)
      field = text.slice(at + 1, close.at)
      if (close.hasEscapes) field = field.replaceAll('""', '"')
      end = close.at + 1
      if (end < text.length && !isSeparator(text.charCodeAt(end))) {
        throw malformed(`Row ${rows.length + 1} goes on after the closing quote of a field.`)
      }
    } else {
      end = Math.min(comma.from(at), lf.from(at), cr.from(at))
      field = text.slice(at, end)
    }
    const separator = end < text.length ? text.charCodeAt(end) : newline
    at = end + 1
    if (separator === carriageReturn && text.charCodeAt(at) === newline) at++
    const isBlankLine = field === '' && !isQuoted && row.length === 0 && separator !== commaCode
    if (isBlankLine) continue
    row.push(field)
    if (separator === commaCode) {
      // A row that the text ends right after a comma has one more, empty, field.
      if (at < text.length) continue
      row.push('')
    }
    rows.push(row)
    row = []
  }
  return rows
}

const quote = 0x22
const commaCode = 0x2c
const newline = 0x0a
const carriageReturn = 0x0d

const isSeparator = (code: number) => code === commaCode || code === newline || code === carriageReturn

const malformed = (problem: string) =>
  fail('BODY_MALFORMED', { problem, expected: 'rows as RFC 4180 has them: "in quotes", with "" for a quote' })

/** The next place of one character, searched for once. */
class Finder {
  #next = -1
  constructor(
    private readonly text: string,
    private readonly character: string,
  ) {}

  /** @returns its first place at or behind `start`, the text's length where there is none */
  from(start: number): number {
    if (this.#next < start) {
      const found = this.text.indexOf(this.character, start)
      this.#next = found < 0 ? this.text.length : found
    }
    return this.#next
  }
}

function findClosingQuote(text: string, start: number, row: number): { at: number; hasEscapes: boolean } {
  let hasEscapes = false
  for (let at = text.indexOf('"', start); at >= 0; at = text.indexOf('"', at + 2)) {
    if (text.charCodeAt(at + 1) !== quote) return { at, hasEscapes }
    hasEscapes = true
  }
  throw malformed(`Row ${row} opens a quote that is never closed.`)
}

/** One row of an answer: fields with a comma, a quote or a new line stand in quotes. */
export function joinCsvRow(fields: readonly string[]): string {
  return fields.map(field => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(',')
}
