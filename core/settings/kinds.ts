/** The kinds of settings: what each takes, from a flag, a variable or a line in a file. */
import { resolve } from 'node:path'
import { type TSchema, Type } from 'typebox'
import { coerce } from '../coerce.js'
import { formatBytes, parseBytes } from '../quantities.js'
import { describeSchema, fieldsOf } from '../words.js'

export interface Default {
  readonly value: unknown
  /** Where the value comes from, for people. */
  readonly source: string
}

export interface Setting {
  /** Of the command line; the file says it in camelCase, the environment as MODELHOST_ and upper case. */
  readonly flag: string
  /** What the flag's value is called in `--help`; undefined for a switch. */
  readonly placeholder: string | undefined
  readonly isRepeatable?: boolean
  readonly description: string
  /** Ends the sentence "must be ...". */
  readonly wanted: string
  /** @returns undefined for what it cannot be */
  read(value: unknown, folder: string): unknown
  /** In words, for people. */
  readonly defaultText: string
  /** @param before  the settings that stand above this one in the table */
  default(env: NodeJS.ProcessEnv, before: Readonly<Record<string, unknown>>): Default
  /** Variables of SageMaker's containers that mean the same, the first one wins. */
  readonly aliases?: readonly Alias[]
}

export interface Alias {
  readonly variable: string
  /** @returns undefined for what it cannot be */
  readonly convert?: (text: string) => unknown
}

interface Words {
  readonly flag: string
  readonly placeholder?: string
  readonly aliases?: readonly Alias[]
}

export const KiB = 1024
export const MiB = 1024 * KiB
export const GiB = 1024 * MiB
const maxTimeoutMs = 2 ** 31 - 1

const none = { value: undefined, source: 'default' }

/** A setting of a schema, which has its default and description. */
export function plain(schema: TSchema, { flag, placeholder, aliases = [] }: Words): Setting {
  const fields = fieldsOf(schema)
  return {
    flag,
    placeholder,
    aliases,
    description: fields.description ?? '',
    wanted: describeSchema(fields),
    read: value => coerce(schema, value)?.value,
    defaultText: fields.default === undefined ? 'none' : String(fields.default),
    default: () => ({ value: fields.default, source: 'default' }),
  }
}

/** Takes 4096, 4KB, 4KiB, 1.5GB. */
export function bytes(schema: TSchema, words: Words): Setting {
  const setting = plain(schema, { placeholder: 'SIZE', ...words })
  return {
    ...setting,
    wanted: `${setting.wanted}, or a size such as 64MB or 1GiB`,
    read: value => coerce(schema, typeof value === 'string' ? parseBytes(value) : value)?.value,
    defaultText: formatBytes(fieldsOf(schema).default as number),
  }
}

/** @param standard  the default; undefined is none */
export const milliseconds = (standard: number | undefined, description: string) =>
  Type.Integer({
    minimum: 1,
    maximum: maxTimeoutMs,
    ...(standard === undefined ? {} : { default: standard }),
    description,
  })

/** A path; a relative one starts where it was said. */
export function path(description: string, { flag, placeholder = 'PATH' }: Words): Setting {
  return {
    flag,
    placeholder,
    description,
    wanted: 'a path',
    read: (value, folder) => (typeof value === 'string' && value !== '' ? resolve(folder, value) : undefined),
    defaultText: 'none',
    default: () => none,
  }
}

/** Paths: a list, or one text with the paths as PATH has them. */
export function paths(description: string, words: Words): Setting {
  return {
    ...path(description, words),
    isRepeatable: true,
    wanted: 'a path, or a list of paths',
    read: (value, folder) => readList(value)?.map(each => resolve(folder, each)),
    default: () => ({ value: Object.freeze([]), source: 'default' }),
  }
}

/** @returns the texts of a list, or of one text that is cut as PATH is; undefined for what is neither */
export function readList(value: unknown): string[] | undefined {
  const found = typeof value === 'string' ? value.split(process.platform === 'win32' ? ';' : ':') : value
  return isListOfTexts(found) ? found : undefined
}

/** Names: a list, or one text with commas between them. */
export function names(description: string, { flag, placeholder = 'NAME' }: Words): Setting {
  return {
    flag,
    placeholder,
    isRepeatable: true,
    description,
    wanted: 'a name, or a list of names',
    read: value => {
      const found = typeof value === 'string' ? value.split(',').map(each => each.trim()) : value
      return isListOfTexts(found) ? [...found] : undefined
    },
    defaultText: 'none',
    default: () => ({ value: Object.freeze([]), source: 'default' }),
  }
}

function isListOfTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(each => typeof each === 'string' && each !== '')
}
