/** What `modelhost check` is given, read. */
import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { describeError } from '../../core/errors.js'
import { UsageError } from '../command.js'
import { typeOfExtension } from '../invoke.js'
import { positiveInteger } from '../options.js'
import type { Theme } from './case.js'
import { multiThemes, singleThemes } from './cases/index.js'
import type { Given, GivenRequest } from './container.js'

/** @throws UsageError */
export function readUrl(text: string): URL {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text))
    throw new UsageError(`"${text}" is no URL of a container. Write one as http://localhost:8080.`)
  const url = new URL(text)
  if (url.username !== '' || url.password !== '')
    throw new UsageError('The URL has a password in it. Give a token by --token-file, and the URL without.')
  if (url.search !== '' || url.hash !== '')
    throw new UsageError(`"${text}" has more than the address. Write it as ${url.origin}.`)
  return url
}

/** Longer than any answer takes, and no more than timers can do. */
const maxTimeoutSeconds = 86_400

/** @returns milliseconds  @throws UsageError */
export function readTimeout(text: string): number {
  const value = positiveInteger('--timeout', text)
  if (value > maxTimeoutSeconds)
    throw new UsageError(`--timeout is "${text}". Use ${maxTimeoutSeconds} at most: a day.`)
  return value * 1000
}

interface Choice {
  readonly single: boolean
  readonly must: boolean
  readonly only: readonly string[]
  readonly skip: readonly string[]
}

/** @throws UsageError for a case that is none, and where none is left */
export function chooseThemes({ single, must, only, skip }: Choice): Theme[] {
  const all = single ? singleThemes : multiThemes
  const ids = new Set(all.flatMap(({ cases }) => cases.map(({ id }) => id)))
  for (const [flag, given] of Object.entries({ only, skip })) {
    const unknown = given.find(id => !ids.has(id))
    if (unknown === undefined) continue
    throw new UsageError(
      `--${flag} ${unknown} is no case${single ? ' of a container with one model' : ''}. There are: ${[...ids].join(', ')}.`,
    )
  }
  const isChosen = ({ id, level }: Theme['cases'][number]) =>
    (only.length === 0 || only.includes(id)) && (!must || level === 'must')
  const chosen = all
    .map(({ name, cases }) => ({ name, cases: cases.filter(isChosen) }))
    .filter(({ cases }) => cases.length > 0)
  const isLeft = chosen.some(({ cases }) => cases.some(({ id }) => !skip.includes(id)))
  if (!isLeft) throw new UsageError('No case is left by --only, --must and --skip. Leave one of them out.')
  return chosen
}

interface GivenRequestOptions {
  readonly request: string | undefined
  readonly type: string | undefined
  readonly accept: string | undefined
}

/** @throws UsageError where the file cannot be read, or nothing is there for what is said of it */
export async function readRequest({ request, type, accept }: GivenRequestOptions): Promise<GivenRequest | undefined> {
  if (request === undefined) {
    if (type !== undefined || accept !== undefined) throw new UsageError('--type and --accept are of a --request.')
    return undefined
  }
  for (const [flag, value] of Object.entries({ '--type': type, '--accept': accept })) {
    if (value !== undefined && !/^[\t\x20-\x7e]+$/.test(value))
      throw new UsageError(`${flag} is ${JSON.stringify(value)}. Use a content type, such as application/json.`)
  }
  const body = await readFile(request).catch(error => {
    throw new UsageError(`--request ${request} cannot be read (${describeError(error)}).`)
  })
  return { body, type: type ?? typeOfExtension[extname(request)] ?? 'text/plain', accept }
}

interface GivenOptions {
  readonly single: boolean
  readonly 'model-url': string | undefined
  readonly 'other-url': string | undefined
  readonly 'broken-url': string | undefined
  readonly fill: string | undefined
}

/** @throws UsageError */
export function readGiven(options: GivenOptions, request: GivenRequest | undefined): Given {
  const { single, 'model-url': modelUrl, 'other-url': otherUrl, 'broken-url': brokenUrl, fill } = options
  const ofMany = Object.entries({
    '--model-url': modelUrl,
    '--other-url': otherUrl,
    '--broken-url': brokenUrl,
    '--fill': fill,
  })
  const empty = ofMany.find(([, value]) => value === '')
  if (empty) throw new UsageError(`${empty[0]} is empty. Give the path of an artifact, as the container sees it.`)
  const given = ofMany.find(([, value]) => value !== undefined)
  if (single && given) throw new UsageError(`${given[0]} is of a container of many models, and --single is given.`)
  if (modelUrl === undefined && !single) {
    const alone = ofMany.find(([, value]) => value !== undefined)?.[0]
    if (alone) throw new UsageError(`${alone} needs --model-url, too.`)
    if (request) throw new UsageError('--request needs --model-url, the artifact that answers it.')
  }
  return {
    ...(modelUrl === undefined ? {} : { modelUrl }),
    ...(otherUrl === undefined ? {} : { otherUrl }),
    ...(brokenUrl === undefined ? {} : { brokenUrl }),
    ...(request ? { request } : {}),
    ...(fill === undefined ? {} : { fill: positiveInteger('--fill', fill) }),
  }
}
