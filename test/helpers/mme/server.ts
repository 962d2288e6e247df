import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { Test } from 'tap'

/** A request, read whole. */
export interface Call {
  readonly method: string
  /** As sent. */
  readonly path: string
  readonly query: URLSearchParams
  /** Of the model in the path, decoded; empty where there is none. */
  readonly name: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export interface Answer {
  readonly status: number
  /** An object is JSON. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Instead of an answer: nothing at all, an end of the connection, or bytes that are sent as they are. */
  readonly instead?: 'nothing' | 'a cut' | string
  /** Is the connection closed afterwards, without a word? */
  readonly isSilentlyLast?: boolean
}

export type Handler = (call: Call) => Answer | Promise<Answer>

/** The routes of a container. */
export interface Routes {
  readonly ping: Handler
  readonly list: Handler
  readonly get: Handler
  readonly load: Handler
  readonly unload: Handler
  readonly invoke: Handler
  /** All other paths and methods. */
  readonly other: Handler
  /** With the server itself, before it listens. */
  readonly prepare?: (server: Server) => void
}

/** Serves the routes on a free port until the test ends. @returns the URL */
export async function serveRoutes(t: Pick<Test, 'teardown'>, routes: Routes): Promise<string> {
  const server = createServer(async (request, response) => {
    const url = new URL(request.url!.replace(/^\/+/, '/'), 'http://here')
    const rawPath = request.url!.split('?', 1)[0]!
    const body = await buffer(request).catch(() => undefined)
    // The caller is gone.
    if (!body) return
    const [, top, name = '', verb] = rawPath.split('/')
    const { method = 'GET', headers } = request
    const call = { method, path: rawPath, query: url.searchParams, name: decodeURIComponent(name), headers, body }
    send(response, await choose(routes, { method, top, name, verb })(call))
  })
  routes.prepare?.(server)
  await new Promise<void>(done => server.listen(0, '127.0.0.1', () => done()))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

interface Parts {
  readonly method: string
  readonly top: string | undefined
  readonly name: string
  readonly verb: string | undefined
}

function choose(routes: Routes, { method, top, name, verb }: Parts): Handler {
  if (top === 'ping' && method === 'GET') return routes.ping
  if (top !== 'models') return routes.other
  if (name === '') return method === 'GET' ? routes.list : method === 'POST' ? routes.load : routes.other
  if (verb === 'invoke') return routes.invoke
  if (verb !== undefined) return routes.other
  return method === 'GET' ? routes.get : method === 'DELETE' ? routes.unload : routes.other
}

function send(response: ServerResponse, { status, body, headers, instead, isSilentlyLast }: Answer): void {
  if (instead === 'nothing') return
  const { socket } = response
  if (instead === 'a cut') return void socket?.destroy()
  if (instead !== undefined) return void socket?.end(instead)
  const isText = typeof body === 'string'
  const bytes = body === undefined ? '' : isText ? body : JSON.stringify(body)
  const type = body === undefined || isText ? {} : { 'Content-Type': 'application/json' }
  response.writeHead(status, { ...type, 'Content-Length': Buffer.byteLength(bytes), ...headers })
  response.end(bytes, () => {
    if (isSilentlyLast) socket?.destroy()
  })
}
