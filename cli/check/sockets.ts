import net, { type Socket } from 'node:net'
import tls from 'node:tls'
import { seconds } from './wire.js'

/** A connection that was tried. */
export interface Opened {
  /** None where it did not open in time. */
  readonly socket: Socket | undefined
  /** What it is instead, for people: refused, for one. */
  readonly problem: string | undefined
}

/** Opens a connection and sends nothing (TLS aside). */
export function openSocket(base: URL, limitMs: number): Promise<Opened> {
  const host = base.hostname.replace(/^\[(.*)\]$/, '$1')
  const isSecure = base.protocol === 'https:'
  const port = Number(base.port || (isSecure ? 443 : 80))
  return new Promise(resolve => {
    const socket = isSecure
      ? tls.connect({ host, port, servername: net.isIP(host) ? '' : host })
      : net.connect({ host, port })
    const fail = (problem: string) => {
      clearTimeout(timer)
      socket.destroy()
      resolve({ socket: undefined, problem })
    }
    // What this process was too busy to hear is heard first.
    const late = () => socket.pending && fail(`not accepted within ${seconds(limitMs)}`)
    const timer = setTimeout(() => setImmediate(late), limitMs)
    socket.on('error', error => fail(`refused (${error.message})`))
    // TLS begins once it is accepted.
    socket.once('connect', () => {
      clearTimeout(timer)
      resolve({ socket, problem: undefined })
    })
  })
}

/** @returns what became of the first one that did not open, or did not stay open so long, for people */
export async function hold(opened: readonly Opened[], ms: number): Promise<string | undefined> {
  const failed = opened.find(({ socket }) => socket === undefined)
  if (failed) return `one that is ${failed.problem}`
  const closed = new Promise<string>(resolve => {
    const tell = () => resolve('one that the server closes at once')
    for (const { socket } of opened) {
      if (socket!.destroyed || socket!.readableEnded) tell()
      // Only what is read has an end.
      socket!.once('close', tell).once('end', tell).resume()
    }
  })
  return Promise.race([closed, new Promise<undefined>(resolve => setTimeout(() => resolve(undefined), ms))])
}
