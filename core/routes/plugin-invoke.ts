/** How a route of a plugin asks a model: the way of `POST /models/{modelName}/invoke`, with a promise. */
import { randomUUID } from 'node:crypto'
import { largeBodyBytes } from '../body.js'
import { fail, type HostError } from '../errors.js'
import type { RouteAnswer, RouteInvocation, RoutesContext } from '../plugin.js'
import type { Semaphore } from '../semaphore.js'
import type { HostParts } from '../server.js'
import { alone } from '../snowflake/alone.js'
import { Callers } from './callers.js'

type Parts = Pick<HostParts, 'invoker' | 'settings' | 'open'>

export function createPluginInvoke(parts: Parts, held: Semaphore): RoutesContext['invoke'] {
  const { invoker, settings, open } = parts
  const callers = new Callers()
  return async (modelName, body, invocation = {}) => {
    checkInvocation(modelName, invocation)
    invoker.expect(modelName)
    const bytes = toBytes(body)
    if (bytes.length > settings.maxBodyBytes) throw fail('BODY_TOO_LARGE', { limitBytes: settings.maxBodyBytes })
    const release = bytes.length < largeBodyBytes ? () => {} : await roomFor(bytes.length, held, open)
    const { request } = invocation
    const predict = { requestId: request?.id ?? randomUUID(), head: headOf(invocation), body: bytes }
    try {
      return await new Promise<RouteAnswer>((resolve, reject) => {
        const socket = request?.raw.socket
        const accepted = invoker.invoke(modelName, predict, (error, answer, loadMs) => {
          if (socket) callers.delete(socket, accepted)
          if (!answer) return reject(error)
          const { type, customAttributes, predictMs } = answer
          resolve({ contentType: type, body: bufferOf(answer.body), customAttributes, predictMs, loadMs })
        })
        if (socket) callers.add(socket, accepted)
      })
    } finally {
      release()
    }
  }
}

/** What cannot be sent to a lane would end it. */
function checkInvocation(modelName: unknown, invocation: RouteInvocation): void {
  if (typeof modelName !== 'string') throw new TypeError('The name of a model must be a string.')
  for (const field of ['contentType', 'accept', 'customAttributes'] as const) {
    const value: unknown = invocation[field]
    if (value !== undefined && typeof value !== 'string')
      throw new TypeError(`The ${field} for a model must be a string.`)
  }
  const { request } = invocation
  if (request && (typeof request.id !== 'string' || !request.raw))
    throw new TypeError('The request that a model is asked for must be the one that the route was given.')
}

/** Large ones are handed over to a lane: what the caller has stays the caller's. */
function toBytes(body: string | Uint8Array): Uint8Array {
  if (typeof body === 'string') return alone(Buffer.from(body))
  // Not `slice`, with which a Buffer copies nothing.
  if (body instanceof Uint8Array) return new Uint8Array(body)
  throw new TypeError('The body for a model must be a string or bytes; of an object, send its JSON.')
}

const headOf = ({ contentType = 'application/json', accept, customAttributes = '' }: RouteInvocation) => ({
  contentType,
  contentEncoding: undefined,
  accept,
  customAttributes,
})

const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array) => Buffer.from(buffer, byteOffset, byteLength)

/**
 * Waits until there is room to hold that many bytes.
 *
 * @throws HostError DRAINING when the time to drain is over before
 */
function roomFor(bytes: number, held: Semaphore, open: Set<(error: HostError) => void>): Promise<() => void> {
  return new Promise((resolve, reject) => {
    let release = () => {}
    const giveUp = (error: HostError) => {
      open.delete(giveUp)
      release()
      reject(error)
    }
    open.add(giveUp)
    // Where there is room, it is granted before `acquire` returns.
    release = held.acquire(bytes, () => {
      open.delete(giveUp)
      resolve(() => release())
    })
  })
}
