import { Server as NetServer, type Socket } from 'node:net'
import { setImmediate as afterPoll, setTimeout as wait } from 'node:timers/promises'
import { TLSSocket } from 'node:tls'
import type { FastifyInstance } from 'fastify'
import { closeApp } from './close-app.js'
import { newestRequest } from './connections.js'
import type { Log } from './plugin.js'

/**
 * How a host goes, so that no request that reaches it is lost:
 *
 *   open ──begin──▶ draining ──delayMs──▶ refusing ──quiet──▶ no listener ──▶ last answer ──▶ gone
 *                   requests and          new requests        idle connections
 *                   connections are       are answered        are closed
 *                   served                503
 *
 * From `begin` on each answer says `Connection: close`. At `limitMs` after it, what is left is answered 503, and a second later cut.
 * Where another process listens on the same socket already, nobody is refused:
 *
 *   open ──begin──▶ no listener ──delayMs──▶ idle connections are closed ──▶ last answer ──▶ gone
 */
export interface DrainOptions {
  /** Time in which a load balancer sees that this host is going, and sends requests elsewhere. */
  readonly delayMs: number
  readonly limitMs: number
  readonly log: Log
  /** Where another process takes the new connections: called when those that are idle after `delayMs` are closed. */
  readonly onHandedOver?: (() => void) | undefined
  /** Answers what is left. */
  readonly giveUp: () => void
}

/** A client that was told to close connects again, if it does, within this time. */
const quietMs = 100
/** So long at most, if clients come ever again. */
const maxRefusingMs = 2000
/** A new connection gets time for its first request. */
const youthMs = 1000
const idleCheckMs = 50
const lastWordsMs = 1000

export class Drain {
  #phase: 'open' | 'draining' | 'refusing' = 'open'
  #app: FastifyInstance | undefined
  /** Connection -> when it was accepted. */
  readonly #sockets = new Map<Socket, number>()
  #connectedMs = 0

  get isDraining(): boolean {
    return this.#phase !== 'open'
  }

  /** Is a new request refused? */
  get isRefusing(): boolean {
    return this.#phase === 'refusing'
  }

  /** Before the server listens. */
  watch(app: FastifyInstance): void {
    this.#app = app
    const add = (socket: Socket) => {
      this.#connectedMs = performance.now()
      this.#sockets.set(socket, this.#connectedMs)
      socket.once('close', () => this.#sockets.delete(socket))
    }
    // With TLS, first the one below, then the one that requests come from.
    app.server.on('connection', add).on('secureConnection', add)
  }

  /** Resolves when every request is answered and every connection closed. */
  async run({ delayMs, limitMs, log, onHandedOver, giveUp }: DrainOptions): Promise<void> {
    const { server } = this.#app!
    const endMs = performance.now() + limitMs
    this.#phase = 'draining'
    let cut: NodeJS.Timeout | undefined
    const limit = setTimeout(() => {
      this.#phase = 'refusing'
      stopListening()
      giveUp()
      cut = setTimeout(() => this.#sockets.forEach((_, socket) => void socket.destroy()), lastWordsMs)
    }, limitMs)
    const stopListening = () => {
      // Not http.Server's own, which closes idle connections, too: requests may be on their way over them.
      if (server.listening) NetServer.prototype.close.call(server)
    }
    const closed = new Promise(resolve => server.once('close', resolve))
    const isGentle = delayMs > 0
    if (onHandedOver) {
      stopListening()
      await wait(Math.min(delayMs, limitMs))
    } else {
      if (isGentle) {
        await wait(Math.min(delayMs, limitMs))
        this.#phase = 'refusing'
        await this.#quiet()
      }
      this.#phase = 'refusing'
      stopListening()
    }
    const closeIdle = () => this.#closeIdle(isGentle ? youthMs : 0, onHandedOver)
    const idle = setInterval(closeIdle, idleCheckMs)
    closeIdle()
    try {
      await closed
      await closeApp(this.#app!, log, endMs - performance.now())
    } finally {
      clearTimeout(limit)
      clearTimeout(cut)
      clearInterval(idle)
    }
  }

  /**
   * Waits until nobody has connected for a while: closing the listener resets whoever is connecting. Looks after a poll, when
   * all that had connected is accepted, however long the process has not run.
   */
  async #quiet(): Promise<void> {
    const endMs = performance.now() + maxRefusingMs
    for (;;) {
      await afterPoll()
      const leftMs = Math.min(this.#connectedMs + quietMs, endMs) - performance.now()
      if (leftMs <= 0) return
      await wait(leftMs)
    }
  }

  /**
   * @param minAgeMs  of a connection that was never used
   * @param onClosed  called when they are
   */
  #closeIdle(minAgeMs: number, onClosed?: () => void): void {
    // After the next poll: what has arrived by then is a request, and its connection not idle.
    setImmediate(() => {
      // Nor is one idle whose answer is still being read, whatever Node thinks of it.
      for (const { writableLength } of this.#sockets.keys()) if (writableLength > 0) return
      this.#app!.server.closeIdleConnections()
      // One that never sent a request is not idle, as Node counts.
      const youngMs = performance.now() - minAgeMs
      for (const [socket, acceptedMs] of this.#sockets) {
        const isUnused = socket instanceof TLSSocket ? !newestRequest(socket) : socket.bytesRead === 0
        if (isUnused && acceptedMs <= youngMs) socket.destroy()
      }
      onClosed?.()
    })
  }
}
