import { describeJsonError } from '../../core/words.js'
import type { Filling } from './columns.js'
import type { Line } from './lines.js'
import { rawMembers } from './raw-members.js'
import { badRow, type Row } from './row.js'

export interface RowForm {
  /** Which columns, or properties, a request is made of; none where the row is the request. */
  readonly fillings: readonly Filling[]
  /** Columns, or properties, that the answer repeats; undefined where it is the prediction alone. */
  readonly keep: readonly string[] | undefined
}

/** @returns a row for each line of JSON, a blank one too */
export function jsonRows({ fillings, keep }: RowForm): (line: Line) => Row {
  const keptOf =
    keep && ((members: ReadonlyMap<string, string> | undefined) => writeKept(keep, name => members?.get(name)))
  if (fillings.length === 0 && !keptOf) {
    return line => {
      if ('problem' in line) return badRow(line.problem)
      // A host skips blank lines, and would answer one line less.
      return line.text.trim() === '' ? badRow('The line is blank.') : { request: line.text }
    }
  }
  const fill = fillRequest(fillings)
  return line => {
    const object = 'problem' in line ? line : readObject(line.text)
    if ('problem' in object) return badRow(object.problem, keptOf?.(undefined))
    const kept = keptOf?.(object.members)
    if (!fill) return { request: (line as { text: string }).text, ...(kept === undefined ? {} : { kept }) }
    const request = fill(object.members)
    if (request === undefined) {
      return badRow(`The row has no ${fillings.map(({ column }) => `"${column}"`).join(', no ')}.`, kept)
    }
    return { request, ...(kept === undefined ? {} : { kept }) }
  }
}

type Members = ReadonlyMap<string, string>

/** @returns a request's text; undefined where the row has nothing of it */
function fillRequest(fillings: readonly Filling[]): ((members: Members) => string | undefined) | undefined {
  const [first] = fillings
  if (!first) return undefined
  if (first.property === undefined) return members => members.get(first.column)
  return members => {
    const filled = fillings.flatMap(({ property, column }) => {
      const value = members.get(column)
      return value === undefined ? [] : [`${JSON.stringify(property)}:${value}`]
    })
    return filled.length > 0 ? `{${filled.join(',')}}` : undefined
  }
}

function readObject(text: string): { readonly members: Members } | { readonly problem: string } {
  if (text.trim() === '') return { problem: 'The line is blank.' }
  try {
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? { members: rawMembers(text) } : { problem: 'The line is no JSON object.' }
  } catch (error) {
    return { problem: `The line is not valid JSON: ${describeJsonError(error)}.` }
  }
}

/** @param cellOf  a kept value as JSON; what a row does not have is null */
export function writeKept(keep: readonly string[], cellOf: (name: string) => string | undefined): string {
  return keep.map(name => `${JSON.stringify(name)}:${cellOf(name) ?? 'null'},`).join('')
}
