/** An instance as a row of CSV, where its request schema has one for it. */
import { isDeepStrictEqual } from 'node:util'
import type { Codec } from '../codec.js'
import { joinCsvRow } from '../csv.js'
import type { AnyPlugin } from '../plugin.js'
import { fieldsOf, membersOf } from '../words.js'

/**
 * @param instance  with its defaults
 * @returns a row, with its end, that is read as this instance; undefined where there is none
 */
export function csvRowOf({ request }: AnyPlugin, codec: Codec, instance: unknown): string | undefined {
  const candidates = membersOf(fieldsOf(request)).map(({ properties }) => {
    if (!properties) return [toField(instance)]
    const fields = Object.keys(properties).map(name => toField((instance as Record<string, unknown> | null)?.[name]))
    return fields.slice(0, fields.findLastIndex(field => field !== '') + 1)
  })
  for (const fields of candidates) {
    const row = `${joinCsvRow(fields)}\n`
    if (isReadAs(codec, row, instance)) return row
  }
  return undefined
}

function toField(value: unknown): string {
  if (value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function isReadAs(codec: Codec, row: string, instance: unknown): boolean {
  try {
    const { instances } = codec.decode(Buffer.from(row), 'text/csv', undefined)
    return instances.length === 1 && isDeepStrictEqual(instances[0], instance)
  } catch {
    return false
  }
}
