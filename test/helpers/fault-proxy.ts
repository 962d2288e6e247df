/** An HTTP proxy before a server that speaks S3, which fails as a network and S3 do: for a path, a number of times. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import type { Test } from 'tap'
import { errorXml } from './s3-server.js'

/** Bytes of the body that go through before. */
interface After {
  readonly after?: number
}

export type Fault =
  /** An answer instead of the server's. */
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly headers?: Record<string, string>
      readonly body?: string
    }
  /** The connection is reset: before the head, or within the body. */
  | ({ readonly kind: 'reset' } & After)
  /** The server has done what was asked, but nobody hears of it. */
  | { readonly kind: 'lose' }
  /** The connection ends within the body, whose length was told. */
  | ({ readonly kind: 'truncate' } & After)
  /** The body ends early, and so does the length that is told. */
  | ({ readonly kind: 'shorten' } & After)
  /** No byte comes any more: before the head, or within the body. */
  | ({ readonly kind: 'stall' } & After)
  | { readonly kind: 'headers'; readonly headers: Record<string, string> }
  /** One byte of the body is another. */
  | { readonly kind: 'flip'; readonly at: number }
  /** A piece of the body at a time. */
  | { readonly kind: 'trickle'; readonly bytes: number; readonly everyMs: number }
  /** The body waits, and goes on once that is settled. */
  | { readonly kind: 'hold'; readonly after: number; readonly until: Promise<unknown> }
  /** Something happens within the body; then the connection is reset. */
  | ({ readonly kind: 'meanwhile'; readonly run: () => void } & After)

/** S3's error XML. */
export function s3Fault(
  status: number,
  code: string,
  message = code,
  more: { xml?: string; headers?: object } = {},
): Fault {
  const headers = { 'content-type': 'application/xml', ...more.headers }
  return { kind: 'answer', status, headers, body: errorXml(code, message, more.xml) }
}

export const slowDown = s3Fault(503, 'SlowDown', 'Please reduce your request rate.')
export const internalError = s3Fault(500, 'InternalError', 'We encountered an internal error. Please try again.')
export const accessDenied = s3Fault(403, 'AccessDenied', 'Access Denied')

export interface FaultProxy {
  readonly url: string
  /** `GET /models/claims.tar.gz?...`, in the order in which they came. */
  readonly requests: readonly string[]
  /** Is told of each as it comes. */
  onRequest: (request: IncomingMessage) => void
  /**
   * The next requests whose line has this text in it fail so, one after the other.
   *
   * @param line  `GET /models/live/claims.tar.gz`, or a part of it
   */
  next(line: string, ...faults: readonly Fault[]): void
  /** Each request whose line has this text in it fails so. */
  always(line: string, fault: Fault): void
  /** From now on nothing fails. */
  heal(): void
  /** Nobody listens any more, and what is open is cut off. */
  leave(): Promise<void>
  /** Listens again, where it did before. */
  comeBack(): Promise<void>
}

interface Scripted {
  readonly line: string
  readonly faults: Fault[]
  readonly isLasting: boolean
}

export async function startFaultProxy(
  t: Pick<Test, 'teardown'>,
  server: { readonly url: string },
): Promise<FaultProxy> {
  const scripts: Scripted[] = []
  const requests: string[] = []
  const pick = (line: string): Fault | undefined => {
    const script = scripts.find(each => each.faults.length > 0 && line.includes(each.line))
    return script?.isLasting ? script.faults[0] : script?.faults.shift()
  }
  const proxy = createServer((incoming, outgoing) => {
    const line = `${incoming.method} ${incoming.url}`
    requests.push(line)
    proxied.onRequest(incoming)
    outgoing.on('error', () => {})
    answer(server.url, incoming, outgoing, pick(line)).catch(() => outgoing.destroy())
  })
  const listen = (port: number) => new Promise<void>(resolve => proxy.listen(port, '127.0.0.1', resolve))
  const leave = () =>
    new Promise<void>(resolve => {
      proxy.close(() => resolve())
      proxy.closeAllConnections()
    })
  await listen(0)
  t.teardown(leave)
  const { port } = proxy.address() as AddressInfo
  const proxied: FaultProxy = {
    url: `http://127.0.0.1:${port}`,
    requests,
    next: (line, ...faults) => scripts.push({ line, faults: [...faults], isLasting: false }),
    always: (line, fault) => scripts.push({ line, faults: [fault], isLasting: true }),
    heal: () => scripts.splice(0),
    leave,
    comeBack: () => listen(port),
    onRequest: () => {},
  }
  return proxied
}

async function answer(server: string, incoming: IncomingMessage, outgoing: ServerResponse, fault?: Fault) {
  if (fault?.kind === 'answer') {
    incoming.resume()
    outgoing.writeHead(fault.status, fault.headers).end(incoming.method === 'HEAD' ? '' : fault.body)
    return
  }
  if (fault?.kind === 'reset' && fault.after === undefined) return incoming.socket.resetAndDestroy()
  if (fault?.kind === 'stall' && fault.after === undefined) return
  const upstream = await forward(server, incoming)
  if (fault?.kind === 'lose') return incoming.socket.resetAndDestroy()
  if (!fault) {
    outgoing.writeHead(upstream.statusCode!, upstream.headers)
    upstream.pipe(outgoing)
    return
  }
  const headers = { ...upstream.headers, ...(fault.kind === 'headers' ? fault.headers : {}) }
  await spoil(await buffer(upstream), outgoing, fault, length => {
    outgoing.writeHead(upstream.statusCode!, { ...headers, 'content-length': length })
  })
}

/** Sends a body whole, but for the fault. */
async function spoil(body: Buffer, outgoing: ServerResponse, fault: Fault, begin: (length: number) => void) {
  const part = body.subarray(0, 'after' in fault ? (fault.after ?? 0) : body.length)
  begin(fault.kind === 'shorten' ? part.length : body.length)
  outgoing.flushHeaders()
  if (fault.kind === 'flip') body[fault.at]! ^= 1
  if (fault.kind === 'trickle') {
    for (let at = 0; at < body.length && !outgoing.destroyed; at += fault.bytes) {
      outgoing.write(body.subarray(at, at + fault.bytes))
      await pause(fault.everyMs)
    }
  } else if (part.length > 0) {
    await new Promise(resolve => outgoing.write(part, resolve))
  }
  if (fault.kind === 'stall') return
  if (fault.kind === 'hold') {
    await fault.until
    outgoing.write(body.subarray(part.length))
  }
  if (fault.kind === 'truncate') return outgoing.socket?.end()
  if (fault.kind === 'meanwhile') fault.run()
  if (fault.kind === 'reset' || fault.kind === 'meanwhile') return outgoing.socket?.resetAndDestroy()
  outgoing.end()
}

function forward(server: string, incoming: IncomingMessage): Promise<IncomingMessage> {
  const { method, headers, url } = incoming
  return new Promise((resolve, reject) => {
    const options = { ...(method ? { method } : {}), headers, path: url ?? '/' }
    incoming.pipe(request(server, options).on('response', resolve).on('error', reject))
  })
}
