import type { IncomingMessage } from 'node:http'
import { fail, type HostError } from './errors.js'
import type { Semaphore } from './semaphore.js'

/**
 * Bodies from this size on are read at a measured pace, count towards what is held at once, have a buffer of their own,
 * and travel alone to a lane.
 */
export const largeBodyBytes = 16_384
/** Read of one body before other sockets have their turn. */
const breathBytes = 65_536

/** Gives the bytes, or what went wrong; `release` says that they are no longer held. */
export type ReceivedBody = (error: HostError | undefined, bytes: Uint8Array, release: () => void) => void

export interface BodyLimits {
  readonly maxBytes: number
  /** Has room for the large bodies that are held at once. */
  readonly held: Pick<Semaphore, 'acquire'>
  /** While a body arrives, what gives it up stands here. */
  readonly open: Set<(error: HostError) => void>
}

const nothing = new Uint8Array(0)
const nothingHeld = () => {}

/**
 * Reads a request's body as it is, never parsed here. A large one has a buffer of its own, which may be transferred;
 * it waits until `held` has room for it, and its socket waits with it.
 *
 * @param done  called once; errors are BODY_TOO_LARGE, CALLER_GONE, and what it is given up with
 */
export function receiveBody(request: IncomingMessage, limits: BodyLimits, done: ReceivedBody): void {
  const { maxBytes, held, open } = limits
  const announced = request.headers['content-length']
  const expectedBytes = announced === undefined ? undefined : Number(announced)
  if (expectedBytes !== undefined && expectedBytes > maxBytes) {
    done(fail('BODY_TOO_LARGE', { limitBytes: maxBytes }), nothing, nothingHeld)
    return
  }
  const isLarge = expectedBytes === undefined || expectedBytes >= largeBodyBytes
  const body = new BodyBuffer(isLarge ? expectedBytes : undefined)
  let release: (keep?: number) => void = nothingHeld
  let breath = 0
  let isOver = false
  const end = (error?: HostError) => {
    if (isOver) return
    isOver = true
    open.delete(end)
    if (!error) {
      // Its size is known now: what was held for the largest that might come is others' again.
      if (isLarge && expectedBytes === undefined) release(body.length < largeBodyBytes ? 0 : body.length)
      return done(undefined, body.take(), () => release())
    }
    release()
    done(error, nothing, nothingHeld)
  }
  open.add(end)
  const read = () => {
    request.on('data', (chunk: Buffer) => {
      if (isOver) return
      if (body.length + chunk.length > maxBytes) return end(fail('BODY_TOO_LARGE', { limitBytes: maxBytes }))
      body.push(chunk)
      breath += chunk.length
      if (breath < breathBytes) return
      breath = 0
      request.pause()
      setImmediate(() => request.resume())
    })
  }
  request.once('end', () => end())
  // Emitted after every end, too; an error costs a stack trace.
  request.once('close', () => {
    if (!isOver) end(fail('CALLER_GONE', {}))
  })
  if (isLarge) release = held.acquire(expectedBytes ?? maxBytes, read)
  else read()
}

/** Chunks as they come: kept apart while the size is unknown or small, else copied to their place at once. */
class BodyBuffer {
  length = 0
  readonly #chunks: Buffer[] = []
  #whole: Uint8Array | undefined

  constructor(private readonly expectedBytes: number | undefined) {}

  push(chunk: Buffer): void {
    // Not before: many may wait for room, and none of them should take any.
    if (this.expectedBytes !== undefined) this.#whole ??= bufferOfItsOwn(this.expectedBytes)
    if (this.#whole) this.#whole.set(chunk, this.length)
    else this.#chunks.push(chunk)
    this.length += chunk.length
  }

  take(): Uint8Array {
    if (this.#whole) return this.#whole
    if (this.#chunks.length === 1 && this.length < largeBodyBytes) return this.#chunks[0]!
    const whole = bufferOfItsOwn(this.length)
    let at = 0
    for (const chunk of this.#chunks) {
      whole.set(chunk, at)
      at += chunk.length
    }
    return whole
  }
}

/** Not from Node's pool, and not filled with zeros first. */
const bufferOfItsOwn = (bytes: number): Uint8Array => Buffer.allocUnsafeSlow(bytes)
