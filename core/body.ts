import type { IncomingMessage } from 'node:http'
import { fail } from './errors.js'
import type { Semaphore } from './semaphore.js'

/** Bodies from this size on are read at a measured pace, and count towards what is held at once. */
const largeBytes = 65_536
/** Read of one body before other sockets have their turn. */
const breathBytes = 262_144

export interface ReceivedBody {
  readonly bytes: Uint8Array
  /** Call it when the body is no longer held. */
  readonly release: () => void
}

/**
 * Reads a request's body as it is, never parsed here. A large one has a buffer of its own, which may be transferred;
 * it waits until `held` has room for it, and its socket waits with it.
 *
 * @throws HostError BODY_TOO_LARGE, CALLER_GONE
 */
export function receiveBody(request: IncomingMessage, maxBytes: number, held: Semaphore): Promise<ReceivedBody> {
  const announced = request.headers['content-length']
  const expectedBytes = announced === undefined ? undefined : Number(announced)
  if (expectedBytes !== undefined && expectedBytes > maxBytes) {
    return Promise.reject(fail('BODY_TOO_LARGE', { limitBytes: maxBytes }))
  }
  return new Promise((resolve, reject) => {
    const isLarge = expectedBytes === undefined || expectedBytes >= largeBytes
    const body = new BodyBuffer(isLarge ? expectedBytes : undefined)
    let release = () => {}
    let breath = 0
    const stop = (error: unknown) => {
      request.off('data', onData)
      release()
      reject(error)
    }
    const onData = (chunk: Buffer) => {
      if (body.length + chunk.length > maxBytes) {
        stop(fail('BODY_TOO_LARGE', { limitBytes: maxBytes }))
        return
      }
      body.push(chunk)
      breath += chunk.length
      if (breath < breathBytes) return
      breath = 0
      request.pause()
      setImmediate(() => request.resume())
    }
    const gone = () => stop(fail('CALLER_GONE', {}))
    request.once('error', gone)
    request.once('aborted', gone)
    request.once('end', () => {
      request.off('error', gone)
      request.off('aborted', gone)
      resolve({ bytes: body.take(), release })
    })
    const read = () => request.on('data', onData)
    if (isLarge) release = held.acquire(expectedBytes ?? maxBytes, read)
    else read()
  })
}

/** Chunks as they come: kept apart while the size is unknown or small, else copied to their place at once. */
class BodyBuffer {
  length = 0
  readonly #chunks: Buffer[] = []
  readonly #whole: Uint8Array | undefined

  constructor(expectedBytes: number | undefined) {
    if (expectedBytes !== undefined) this.#whole = new Uint8Array(expectedBytes)
  }

  push(chunk: Buffer): void {
    if (this.#whole) this.#whole.set(chunk, this.length)
    else this.#chunks.push(chunk)
    this.length += chunk.length
  }

  take(): Uint8Array {
    if (this.#whole) return this.#whole
    if (this.#chunks.length === 1) return this.#chunks[0]!
    const whole = new Uint8Array(this.length)
    let at = 0
    for (const chunk of this.#chunks) {
      whole.set(chunk, at)
      at += chunk.length
    }
    return whole
  }
}
