import { readFile } from 'node:fs/promises'
import type { TSchema } from 'typebox'
import { findProblem } from '../../core/check.js'
import { describeError } from '../../core/errors.js'
import { describeJsonError, describeValue, didYouMean, fieldsOf } from '../../core/words.js'
import { CommandError } from '../command.js'

/** A file of a workspace, as its user has written it. */
export interface JsonFile {
  /** As people know it: below the workspace. */
  readonly name: string
  readonly value: Readonly<Record<string, unknown>>
}

/**
 * Reads a JSON object.
 *
 * @param name   how messages call the file
 * @param absent  what a message says where there is none
 * @throws CommandError
 */
export async function readJsonFile(
  path: string,
  name: string,
  absent: string | (() => Promise<string>),
): Promise<JsonFile> {
  const content = await readFile(path, 'utf8').catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw new CommandError(`${name} cannot be read (${describeError(error)}).`)
    throw new CommandError(`${name} does not exist. ${typeof absent === 'string' ? absent : await absent()}`)
  })
  let value: unknown
  try {
    value = JSON.parse(content)
  } catch (error) {
    throw new CommandError(`${name} is not valid JSON: ${describeJsonError(error)}.`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new CommandError(`${name} must hold a JSON object, but holds ${describeValue(value)}.`)
  return { name, value: value as Record<string, unknown> }
}

/**
 * What is wrong with an object of a file: keys that nobody reads first, since those are typing errors.
 *
 * @param place  where it stands in the file, to stand before a key: `dev.training.`
 */
export function findFileProblem(schema: TSchema, value: object, place = ''): string | undefined {
  const known = Object.keys(fieldsOf(schema).properties ?? {})
  const unknown = Object.keys(value).find(key => !known.includes(key))
  if (unknown !== undefined) {
    const nearest = didYouMean(unknown, known)
    return `${place}${unknown} is not known.${nearest || ` Known are ${known.join(', ')}.`}`
  }
  const problem = findProblem(schema, value, 'The whole')
  return problem && `${place}${problem}`
}
