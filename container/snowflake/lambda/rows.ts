/** Rows of Snowflake's batches and of their answers, cut but not read: numbers keep digits that a double would lose. */
import { isHostError } from '../../../core/errors.js'
import { endOfValue, findRows, parseRow, skipBlanks } from '../../../core/rows.js'

/** The elements of one row, each as JSON; the first is the row's number. */
export type Row = readonly string[]

/**
 * @param text  `{"data": [[row number, value, ...], ...]}`
 * @returns the rows, or what is wrong, for people
 */
export function cutRows(text: string): Row[] | { problem: string } {
  const rows: Row[] = []
  try {
    findRows(text, (start, numberStart, numberEnd, end) => {
      // What is no JSON must not come between other rows.
      parseRow(text.slice(start, end), rows.length + 1)
      rows.push([text.slice(numberStart, numberEnd), ...cutValues(text, numberEnd)])
    })
  } catch (error) {
    if (isHostError(error)) return { problem: error.message }
    throw error
  }
  return rows
}

/** @param at  behind a row's number */
function cutValues(text: string, at: number): string[] {
  const values: string[] = []
  for (let comma = skipBlanks(text, at); text[comma] === ','; ) {
    const end = endOfValue(text, comma + 1)
    values.push(text.slice(skipBlanks(text, comma + 1), end))
    comma = end
  }
  return values
}
