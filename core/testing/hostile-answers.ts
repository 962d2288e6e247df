/** What a plugin answers to bodies that no caller should send. */
import { findProblem } from '../check.js'
import type { Codec } from '../codec.js'
import { type ErrorCode, errors } from '../errors.js'
import type { AnyPlugin } from '../plugin.js'
import { Finding } from './checks.js'
import type { HostileBody } from './hostile-bodies.js'

/** A status, and the body of the answer. */
export interface Sent {
  readonly status: number
  readonly text: string
}

/** So many at a time: lanes take several of them in one turn. */
const together = 8

/**
 * Sends all of them.
 *
 * @throws Finding at the first answer that is none of a sound plugin
 */
export async function sendHostile(
  plugin: AnyPlugin,
  codec: Codec,
  bodies: readonly HostileBody[],
  send: (body: HostileBody['body'], type: string) => Promise<Sent>,
): Promise<void> {
  const left = [...bodies]
  const sender = async () => {
    for (let body = left.shift(); body; body = left.shift()) {
      const fault = faultOf(plugin, codec, body, await send(body.body, body.type))
      if (fault === undefined) continue
      // The others have nothing more to send.
      left.length = 0
      throw new Finding(`${fault}\n              for ${body.title}, as ${body.type}: ${excerpt(body.body)}`)
    }
  }
  await Promise.all(Array.from({ length: together }, sender))
}

function excerpt(body: HostileBody['body']): string {
  const text = typeof body === 'string' ? body : `bytes ${Buffer.from(body).toString('hex')}`
  return text.length > 120 ? `${text.slice(0, 120)}... (${text.length} characters)` : text
}

/** @returns what is wrong with the answer; undefined where it is as it should be */
function faultOf(plugin: AnyPlugin, codec: Codec, { type, body }: HostileBody, { status, text }: Sent) {
  if (status >= 500) return `${status}: ${text.slice(0, 500)}`
  if (status >= 400) return undefined
  const answer = parse(text, type)
  const failed = listOf(answer).find(isOwnFault)
  if (failed !== undefined) return `an error of the plugin in a list: ${JSON.stringify(failed).slice(0, 500)}`
  // One instance in JSON is answered by the prediction itself, unless the plugin has another way of writing it.
  if (type !== 'application/json' || plugin.encode?.[type] || isListed(codec, body)) return undefined
  const problem = findProblem(plugin.response, answer, 'The response')
  return problem && `${problem} It is ${text.slice(0, 200)}`
}

const parse = (text: string, type: string): unknown =>
  type === 'application/jsonlines' ? text.trimEnd().split('\n').map(parseJson) : parseJson(text)

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function listOf(answer: unknown): readonly unknown[] {
  if (Array.isArray(answer)) return answer
  const predictions = (answer as { predictions?: unknown } | null | undefined)?.predictions
  return Array.isArray(predictions) ? predictions : []
}

/** Has the answer to one instance of a list a code of a status of 500 or above? */
function isOwnFault(answer: unknown): boolean {
  const code = (answer as { error?: { code?: unknown } } | null)?.error?.code
  return typeof code === 'string' && Object.hasOwn(errors, code) && errors[code as ErrorCode].status >= 500
}

function isListed(codec: Codec, body: HostileBody['body']): boolean {
  return codec.decode(Buffer.from(body as string), 'application/json', undefined).isList
}
