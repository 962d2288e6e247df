import type { IncomingMessage } from 'node:http'
import { type BodyLimits, largeBodyBytes, receiveBody } from '../body.js'
import { fail, isHostError } from '../errors.js'
import { encodingOf, unpack } from './packing.js'

export interface ReceivedBatch {
  /** Unpacked; where it is large, in a buffer of its own. */
  readonly body: Uint8Array
  /** Says that the body is no longer held. */
  readonly release: () => void
}

/**
 * Reads and unpacks the body of a batch.
 *
 * @throws HostError BODY_TOO_LARGE, CALLER_GONE, MEDIA_TYPE_UNSUPPORTED, BODY_MALFORMED, and what it is given up with
 */
export async function receiveBatch(request: IncomingMessage, limits: BodyLimits): Promise<ReceivedBatch> {
  const encoding = encodingOf(request.headers['content-encoding'])
  try {
    return encoding === undefined ? await receive(request, limits) : await receivePacked(request, limits, encoding)
  } catch (error) {
    if (!isHostError(error) || error.code !== 'BODY_TOO_LARGE') throw error
    throw fail('BODY_TOO_LARGE', { limitBytes: limits.maxBytes, flag: '--snowflake-batch-bytes' }, error)
  }
}

function receive(request: IncomingMessage, limits: BodyLimits): Promise<ReceivedBatch> {
  return new Promise((resolve, reject) => {
    receiveBody(request, limits, (error, body, release) => (error ? reject(error) : resolve({ body, release })))
  })
}

/**
 * A packed body counts as the largest that it may become, before it is read: what waited for the rest while it held a part
 * could wait for ever.
 */
async function receivePacked(request: IncomingMessage, limits: BodyLimits, encoding: string): Promise<ReceivedBatch> {
  const { held, maxBytes } = limits
  let release: (keep?: number) => void = () => {}
  let isHeld = false
  const whole = {
    acquire: (_: number, granted: () => void) => {
      isHeld = true
      release = held.acquire(2 * maxBytes, granted)
      return () => {}
    },
  }
  try {
    const { body } = await receive(request, { ...limits, held: whole })
    if (!isHeld) {
      // It was small, and nothing was held for it.
      await new Promise<void>(resolve => {
        release = held.acquire(maxBytes, resolve)
      })
    }
    const unpacked = await unpack(body, encoding, maxBytes)
    release(unpacked.length < largeBodyBytes ? 0 : unpacked.length)
    return { body: unpacked, release: () => release() }
  } catch (error) {
    release()
    throw error
  }
}
