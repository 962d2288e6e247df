import { expect, expectStatus, type Fields, isFields, parseJson } from './expect.js'
import { Fault } from './fault.js'
import { type Reply, showReply } from './wire.js'

/** A model in the list. */
export interface Entry {
  readonly name: string
  readonly url: string
}

interface Page {
  readonly entries: Entry[]
  readonly token: string | undefined
}

/** More pages than a check fills. */
const maxPages = 10_000
/** A page may be empty where what it had was unloaded meanwhile; not one after the other. */
const maxEmptyPages = 3

/** @throws Fault where it is no 200 with a page of the list */
export function readPage(reply: Reply): Page {
  expectStatus(reply, 200)
  const page = parseJson(reply)
  const isPage = isFields(page) && Array.isArray(page.models)
  expect(reply, 'JSON {"models": [...]}', () => isPage)
  const { models, nextPageToken: token } = page as { models: unknown[]; nextPageToken?: unknown }
  expect(reply, 'for each model {"modelName": "...", "modelUrl": "..."}', () => models.every(isEntry))
  expect(
    reply,
    'nextPageToken, where there is one, as a string',
    () => token === undefined || typeof token === 'string',
  )
  const entries = (models as Fields[]).map(({ modelName, modelUrl }) => ({
    name: modelName as string,
    url: modelUrl as string,
  }))
  return { entries, token: token as string | undefined }
}

export const isEntry = (value: unknown): boolean =>
  isFields(value) && typeof value.modelName === 'string' && typeof value.modelUrl === 'string'

/**
 * Follows `nextPageToken` to its end, as the platform does.
 *
 * @param query  that each request has besides
 * @throws Fault where there is no end
 */
export async function walkPages(
  list: (query: string) => Promise<Reply>,
  query: Readonly<Record<string, string>>,
): Promise<Entry[]> {
  const all: Entry[] = []
  const seen = new Set<string>()
  let next: string | undefined
  let empty = 0
  do {
    const parameters = new URLSearchParams({ ...query, ...(next === undefined ? {} : { next_page_token: next }) })
    const reply = await list(parameters.size > 0 ? `?${parameters}` : '')
    const { entries, token } = readPage(reply)
    all.push(...entries)
    empty = entries.length === 0 ? empty + 1 : 0
    const isEndless = token !== undefined && (seen.has(token) || seen.size >= maxPages || empty >= maxEmptyPages)
    if (isEndless) throw new Fault(reply.sent, 'pages that come to an end', `no end: ${showReply(reply)}`)
    if (token !== undefined) seen.add(token)
    next = token
  } while (next !== undefined)
  return all
}
