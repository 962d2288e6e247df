/** Params as a person gives them: a file, and pairs that win over it. */
import { readFile } from 'node:fs/promises'
import { UsageError } from './command.js'

/**
 * The JSON object of `--params FILE`; nothing where none is given.
 *
 * @throws UsageError
 */
export async function readParams(file: string | undefined): Promise<Record<string, unknown>> {
  if (file === undefined) return {}
  let params: unknown
  try {
    params = JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw new UsageError(`--params ${file} cannot be read as JSON (${(error as Error).message}).`)
  }
  if (typeof params !== 'object' || params === null || Array.isArray(params)) {
    throw new UsageError(`--params ${file} holds no JSON object. It looks like {"epochs": 50}.`)
  }
  return params as Record<string, unknown>
}

/** `key=value` pairs; the values are read by the plugin's schema later. */
export const parseSettings = (pairs: readonly string[]): Record<string, string> =>
  parsePairs('--set', 'key=value', pairs)

/** @throws UsageError */
export function parsePairs(flag: string, form: string, pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map(pair => {
      const at = pair.indexOf('=')
      if (at < 1) throw new UsageError(`${flag} ${pair} has no value. Write ${flag} ${form}.`)
      return [pair.slice(0, at), pair.slice(at + 1)]
    }),
  )
}
