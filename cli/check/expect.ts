import { Fault, NotRun } from './fault.js'
import { type Reply, showReply } from './wire.js'

/** A value of JSON that may have any field. */
export type Fields = Readonly<Record<string, unknown>>

/** @throws Fault where the answer is not as it is to be */
export function expect(reply: Reply, expected: string, isSo: (reply: Reply) => boolean): Reply {
  if (!isSo(reply)) throw new Fault(reply.sent, expected, showReply(reply))
  return reply
}

export const expectStatus = (reply: Reply, ...statuses: readonly number[]): Reply =>
  expect(reply, `status ${statuses.join(' or ')}`, ({ status }) => statuses.includes(status))

/** An error of the caller: neither a failure of the server nor one of room. */
export const expectClientError = (reply: Reply): Reply =>
  expect(reply, 'a status from 400 to 499', ({ status }) => status >= 400 && status < 500)

/** An error, and none that makes the platform unload other models. */
export const expectRefusal = (reply: Reply): Reply =>
  expect(reply, 'an error other than 507', ({ status }) => status >= 400 && status !== 507)

/** Of a name that nobody has: where there is no room for what a case needs, the case says nothing of the server. */
export function expectLoaded(reply: Reply): Reply {
  if (reply.status === 507) throw new NotRun('there is no room for as many models as it needs (507)')
  if (reply.status === 409) throw new NotRun('the server does not load one path under several names (409)')
  return expectStatus(reply, 200)
}

export function parseJson({ body }: Reply): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const isJson = (reply: Reply): boolean =>
  /^application\/([\w.+-]+\+)?json\b/i.test(reply.headers['content-type'] ?? '') && parseJson(reply) !== undefined

/** The same prediction: compared as bytes, or as JSON, whose fields may come in another order. */
export function isSameAnswer(a: Reply, b: Reply): boolean {
  if (a.body.equals(b.body)) return true
  const [left, right] = [parseJson(a), parseJson(b)]
  return left !== undefined && right !== undefined && canonical(left) === canonical(right)
}

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner) =>
    isFields(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  )
