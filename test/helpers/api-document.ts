import { startHost, type TestHost } from 'modelhost/testing'
import type { Test } from 'tap'
import { Compile } from 'typebox/schema'
import { type ApiCall, send } from './api-calls.js'
import type { RawAnswer } from './raw-http.js'
import { routesOf, withoutDescriptions } from './routes.js'

/** The description of a host's API, and what its host answers. */

export interface ApiDocument {
  readonly components: Readonly<Record<string, object>>
  readonly paths: Readonly<Record<string, Readonly<Record<string, { responses: Readonly<Record<string, ApiAnswer>> }>>>>
}
interface ApiAnswer {
  readonly description: string
  readonly content?: Readonly<Record<string, { schema: object; examples?: Readonly<Record<string, unknown>> }>>
}

const describe = async (host: TestHost) => (await (await fetch(`${host.url}/docs/json`)).json()) as ApiDocument
interface DescribedHost {
  readonly flags?: Readonly<Record<string, unknown>>
  readonly calls: readonly ApiCall[]
  /** Of a model to be loaded first, as `claims`. */
  readonly artifact?: string
}

/** Describes a host its routes and no others; is each answer as without a description, byte for byte, and as it says? */
export async function checkDescription(t: Test, { flags = {}, calls, artifact }: DescribedHost): Promise<void> {
  let described!: TestHost
  const routes = await routesOf(async () => {
    described = await startHost(t, { ...flags, lanes: 1, docs: true })
  })
  const document = await describe(described)
  t.same(operationsOf(document), withoutPage(routes))
  const bare = await withoutDescriptions(() => startHost(t, { ...flags, lanes: 1 }))
  if (artifact) for (const host of [described, bare]) t.equal((await host.load('claims', artifact)).status, 200)
  for (const call of calls) {
    const answer = await send(described.url, call)
    t.same(withoutTimes(answer), withoutTimes(await send(bare.url, call)), `${call.method} ${call.path} ${call.body}`)
    if (call.method !== 'HEAD') t.equal(findMismatch(document, call, answer), undefined)
  }
}

export const withoutPage = (routes: readonly string[]) => routes.filter(route => !route.includes(' /docs')).sort()

export const operationsOf = ({ paths }: ApiDocument) =>
  Object.entries(paths)
    .flatMap(([path, operations]) => Object.keys(operations).map(method => `${method.toUpperCase()} ${path}`))
    .sort()

/** Content of a document -> its schema. */
const schemas = new WeakMap<object, { Check(value: unknown): boolean }>()

/** @returns what of an answer is not as the description has it */
function findMismatch({ paths, components }: ApiDocument, call: ApiCall, answer: RawAnswer): string | undefined {
  const name = `${call.method} ${call.path}: ${answer.status} ${answer.body}`
  const described = paths[call.route]?.[call.method.toLowerCase()]?.responses[answer.status]
  if (!described) return `${name} is not described`
  const type = answer.headers['content-type']?.split(';')[0] ?? ''
  const content = described.content?.[type]
  if (!content) return `${name} is ${type}`
  if (!type.includes('json') || type.includes('lines')) return undefined
  const body = JSON.parse(answer.body)
  const code = answer.status >= 400 ? body.error?.code : undefined
  if (code && !Object.hasOwn(content.examples ?? {}, code)) return `${name} has a code that is not described`
  const schema = schemas.get(content) ?? Compile({ components, allOf: [content.schema] })
  schemas.set(content, schema)
  return schema.Check(body) ? undefined : `${name} does not fit its schema`
}

function withoutTimes({ status, headers, body }: RawAnswer) {
  const { date, 'server-timing': timing, 'content-length': length, ...rest } = headers
  const text = body.replaceAll(times, '$1')
  const has = { date: Boolean(date), timing: Boolean(timing), length: text === body ? length : Boolean(length) }
  return { status, headers: { ...rest, ...has }, body: text }
}
const times = /("(?:loadedAt|loadMs|lastUsedAt|modifiedAt|retryAt)":)("[^"]*"|[\d.]+)/g
