import http, { type Agent, type ClientRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import https from 'node:https'
import { Fault, showBytes, showText } from './fault.js'

/** One request, as it goes out: nothing is added but what HTTP/1.1 asks for. */
export interface Sent {
  readonly method: string
  /** Percent-encoded, below the URL that is checked; sent as it is, `..` too. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string
  /** The body goes out in so many chunks, without a length. */
  readonly chunks?: number
  /** Time for the whole answer. */
  readonly limitMs?: number
  /** Without one, each request has a connection of its own. */
  readonly agent?: Agent
  /** What it begins must be known to the end; `abandon` leaves it alone. */
  readonly isLasting?: boolean
  /** Called once all of it is written. */
  readonly onWritten?: () => void
}

export interface Reply {
  /** What it answers, for people. */
  readonly sent: string
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly ms: number
  /** Does the server say that it closes the connection? */
  readonly isLast: boolean
}

/** Room for an answer: more than twice what the platform lets through. */
const maxAnswerBytes = 16 * 1024 * 1024

interface WireOptions {
  /** Time for what has hung once: others of its kind will, too. */
  readonly againMs?: number
  /** That each request has: a server may ask for one. */
  readonly token?: string
}

/** Speaks HTTP/1.1 with the server and sees all that comes: what is no answer is a Fault. */
export class Wire {
  readonly #hung = new Set<string>()
  readonly #open = new Set<ClientRequest>()
  readonly #againMs: number
  /** Those of each request, which no report shows. */
  readonly #ownHeaders: Readonly<Record<string, string>>

  constructor(
    readonly base: URL,
    /** Time for an answer where a request says no other. */
    readonly limitMs: number,
    { againMs = 5000, token }: WireOptions = {},
  ) {
    this.#againMs = againMs
    this.#ownHeaders = token === undefined ? {} : { authorization: `Bearer ${token}` }
  }

  /** @throws Fault where no whole answer comes in time: nothing, a cut, garbage, or more than 16 MiB */
  send(sent: Sent): Promise<Reply> {
    const kind = `${sent.method} ${sent.path.replaceAll(/(?<=^\/models\/)[^/?]+/g, '*')}`
    const limitMs = Math.min(sent.limitMs ?? this.limitMs, this.#hung.has(kind) ? this.#againMs : Infinity)
    const shown = describe(sent)
    const startMs = performance.now()
    return new Promise<Reply>((resolve, reject) => {
      const { body = '', chunks } = sent
      const request = (this.base.protocol === 'https:' ? https : http).request({
        host: this.base.hostname.replace(/^\[(.*)\]$/, '$1'),
        port: this.base.port,
        method: sent.method,
        path: this.base.pathname.replace(/\/$/, '') + sent.path,
        agent: sent.agent ?? false,
        headers: {
          ...(chunks || !(body.length > 0 || sent.method === 'POST')
            ? {}
            : { 'content-length': Buffer.byteLength(body) }),
          ...this.#ownHeaders,
          ...sent.headers,
        },
      })
      if (!sent.isLasting) this.#open.add(request)
      request.once('close', () => this.#open.delete(request))
      let gotBytes = 0
      const end = (came: string) => {
        isOver = true
        clearTimeout(timer)
        request.destroy()
        reject(new Fault(shown, `a whole answer within ${seconds(limitMs)}`, came))
      }
      let isOver = false
      const late = () => {
        if (isOver) return
        this.#hung.add(kind)
        end(`${gotBytes > 0 ? `${gotBytes} bytes of a body that does not end` : 'nothing'} within ${seconds(limitMs)}`)
      }
      // What this process was too busy to hear is heard first.
      const timer = setTimeout(() => setImmediate(late), limitMs)
      request.on('error', error => end(describeCut(error, gotBytes)))
      request.on('upgrade', (response, socket) => {
        socket.destroy()
        end(`${answerHead(response)}, which nobody has asked for`)
      })
      request.on('response', response => {
        const parts: Buffer[] = []
        response.on('error', error => end(describeCut(error, gotBytes)))
        response.on('data', (part: Buffer) => {
          parts.push(part)
          gotBytes += part.length
          if (gotBytes > maxAnswerBytes) end(`${answerHead(response)} with more than ${maxAnswerBytes} bytes`)
        })
        response.on('end', () => {
          isOver = true
          clearTimeout(timer)
          const { statusCode = 0, headers, httpVersion } = response
          const isLast = headers.connection?.toLowerCase() === 'close' || httpVersion === '1.0'
          const ms = performance.now() - startMs
          resolve({ sent: shown, status: statusCode, headers, body: Buffer.concat(parts), ms, isLast })
        })
      })
      if (sent.onWritten) request.once('finish', sent.onWritten)
      const bytes = Buffer.from(body as string)
      const step = Math.max(1, Math.ceil(bytes.length / (chunks ?? 1)))
      if (chunks) for (let at = 0; at < bytes.length; at += step) request.write(bytes.subarray(at, at + step))
      request.end(chunks ? undefined : bytes)
    })
  }

  /** Gives up what nobody waits for any more. */
  abandon(): void {
    for (const request of this.#open) request.destroy()
  }
}

export const seconds = (ms: number) => `${ms / 1000} s`

function describe({ method, path, headers, body, chunks }: Sent): string {
  const lines = Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${showText(value, 100)}`)
  const head = [`${method} ${showText(path, 200)}`, ...lines].join(', ')
  if (body === undefined) return head
  const bytes = Buffer.from(body as string)
  const size = chunks ? ` in ${chunks} chunks` : ''
  return `${head}, body${size} ${bytes.length === 0 ? 'empty' : showBytes(bytes, 200)}`
}

const answerHead = ({ statusCode, statusMessage }: IncomingMessage) => `${statusCode} ${statusMessage ?? ''}`.trim()

/** The answer for people. */
export function showReply({ status, headers, body }: Pick<Reply, 'status' | 'headers' | 'body'>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${showText(String(value), 100)}`)
  const text = body.length === 0 ? 'no body' : `body ${showBytes(body)}`
  return [`${status} ${http.STATUS_CODES[status] ?? ''}`.trim(), ...lines, text].join(', ')
}

function describeCut(error: NodeJS.ErrnoException, gotBytes: number): string {
  const { code = '', message } = error
  if (code.startsWith('HPE_')) return `what is no HTTP (${message})`
  if (code === 'ECONNREFUSED') return 'a refused connection (ECONNREFUSED)'
  const where =
    gotBytes > 0 ? `a connection cut after ${gotBytes} bytes of the body` : 'a connection cut before an answer'
  return `${where} (${code || message})`
}
