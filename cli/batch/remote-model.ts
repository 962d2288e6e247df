import { isUtf8 } from 'node:buffer'
import { setMaxListeners } from 'node:events'
import http, { type ClientRequest, type IncomingMessage } from 'node:http'
import https from 'node:https'
import { setTimeout as pause } from 'node:timers/promises'
import { CommandError } from '../command.js'
import { formatSeconds } from '../text.js'
import { type Ask, Refused } from './ask-rows.js'
import type { AskedModel } from './own-model.js'
import type { RowProblem } from './row.js'

export interface RemoteModelOptions {
  /** Requests at once. */
  readonly atOnce: number
  /** For how long a host may answer nothing, or only that it is busy. */
  readonly patienceMs: number
  /** The first wait before a request is sent again; each further one is twice as long, up to 10 s. */
  readonly firstWaitMs?: number
  /** Of a host whose predictions are guarded. */
  readonly token?: string | undefined
  /** Once aborted nothing is asked again. */
  readonly signal: AbortSignal
}

/** What came back. */
interface Reply {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

const linesType = 'application/jsonlines'
const idleMs = 120_000
const maxAnswerBytes = 512 * 2 ** 20
// A host says of these that it may be asked again: busy, on its way out, or its store or memory short; a gateway, that
// there is no host just now.
const passing = [408, 429, 502, 503, 504, 507]
// What rows can cause. 424: SageMaker, for what the model itself refuses.
const refusals = [400, 413, 422, 424, 500]
// Of those, what one slow request may cause as well.
const tooSlow = [502, 504]
const mostTries = 5
const longestWaitMs = 10_000

/**
 * A model of a host that runs. Predictions may be asked twice, so what fails on its way is sent again.
 *
 * @param url  where it predicts
 */
export function remoteModel(
  url: URL,
  { atOnce, patienceMs, firstWaitMs = 200, token, signal }: RemoteModelOptions,
): AskedModel {
  const place = withoutCredentials(url)
  const { Agent, request } = url.protocol === 'https:' ? https : http
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce })
  // All that wait listen to it.
  setMaxListeners(0, signal)
  let hasAnswered = false
  /** Since when nothing but failures came. */
  let failingSinceMs: number | undefined
  let answeredMs = Number.NEGATIVE_INFINITY
  /** Until when a host wants to be left alone. */
  let waitUntilMs = 0

  const wait = async (tries: number, problem: string, askedMs: number | undefined) => {
    const now = performance.now()
    failingSinceMs ??= now
    if (now - failingSinceMs >= patienceMs) {
      throw new CommandError(`${place} ${problem}, for ${formatSeconds(patienceMs / 1000)} now. It was given up.`)
    }
    // A different wait for each, so that they do not come back together.
    const backOffMs = Math.min(longestWaitMs, firstWaitMs * 2 ** tries) * (0.5 + Math.random() / 2)
    const leftMs = failingSinceMs + patienceMs - now
    const waitMs = Math.min(askedMs ?? backOffMs, leftMs)
    if (askedMs !== undefined) waitUntilMs = Math.max(waitUntilMs, now + waitMs)
    await pause(waitMs, undefined, { signal })
  }

  const ask: Ask = async (body, rows) => {
    const sinceMs = performance.now()
    let shortAnswers = 0
    // While others are answered these are not, time and again: it is up to them.
    const refuseAtLast = (tries: number, problem: RowProblem) => {
      if (tries + 1 >= mostTries && answeredMs > sinceMs) throw new Refused(problem)
    }
    for (let tries = 0; ; tries++) {
      const heldMs = waitUntilMs - performance.now()
      if (heldMs > 0) await pause(heldMs, undefined, { signal })
      const startMs = performance.now()
      const sent = request(url, { method: 'POST', agent, headers: headersOf(body, token) })
      const reply = await post(sent, body).catch((error: NodeJS.ErrnoException) => {
        if (error instanceof Refused) throw error
        return error
      })
      if (reply instanceof Error) {
        const problem = `cannot be reached (${reply.code ?? reply.message})`
        // Nobody has been there at all: a wrong address, as a rule.
        const isNobody = !hasAnswered && ['ECONNREFUSED', 'ENOTFOUND'].includes(reply.code ?? '')
        if (isNobody) throw new CommandError(`${place} ${problem}. Is the host running?`)
        refuseAtLast(tries, { code: 'CONNECTION_LOST', message: `The host ${problem}, in ${mostTries} tries.` })
        await wait(tries, problem, undefined)
        continue
      }
      hasAnswered = true
      const { status, headers } = reply
      if (status === 200) {
        const lines = countLines(reply.body)
        if (lines === rows && areJson(reply.body)) {
          failingSinceMs = undefined
          answeredMs = performance.now()
          return { body: reply.body, predictMs: predictMsOf(headers) ?? performance.now() - startMs }
        }
        const type = headers['content-type'] ?? 'no type'
        const problem =
          lines === rows
            ? `answered lines of ${type} that are no JSON`
            : `answered ${lines} lines of ${type} to ${rows} rows`
        if (++shortAnswers > 2)
          throw new CommandError(`${place} ${problem}; it must answer ${linesType}, a line a row.`)
        await wait(tries, problem, undefined)
      } else if (passing.includes(status)) {
        if (tooSlow.includes(status)) refuseAtLast(tries, problemOf(reply))
        await wait(tries, `answers ${status} (${problemOf(reply).message})`, retryAfterMs(headers['retry-after']))
      } else if (refusals.includes(status)) {
        failingSinceMs = undefined
        throw new Refused(problemOf(reply))
      } else throw new CommandError(`${place} answered ${status}: ${problemOf(reply).message}`)
    }
  }
  return {
    ask,
    atOnce,
    schema: undefined,
    mayFailTogether: true,
    identify: async () => ({ url: place }),
    close: async () => agent.destroy(),
  }
}

/** For messages and files, which others read. */
function withoutCredentials(url: URL): string {
  const place = new URL(url)
  place.username = ''
  place.password = ''
  return place.href
}

const headersOf = (body: Buffer, token: string | undefined) => ({
  'content-type': linesType,
  accept: linesType,
  'content-length': body.length,
  ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
})

function post(request: ClientRequest, body: Buffer): Promise<Reply> {
  return new Promise((resolve, reject) => {
    request.on('error', reject)
    request.setTimeout(idleMs, () => request.destroy(new Error(`no answer within ${idleMs / 1000} s`)))
    request.on('response', response => {
      const chunks: Buffer[] = []
      let bytes = 0
      response.on('error', reject)
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        bytes += chunk.length
        if (bytes <= maxAnswerBytes) return
        request.destroy()
        reject(new Refused({ code: 'ANSWER_TOO_LARGE', message: 'The answer has more than 512 MiB.' }))
      })
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) })
      })
    })
    request.end(body)
  })
}

function countLines(body: Buffer): number {
  let lines = 0
  let from = 0
  for (let at = body.indexOf(newLine); at >= 0; at = body.indexOf(newLine, from)) {
    lines++
    from = at + 1
  }
  return from < body.length && isJson(body.toString('utf8', from)) ? lines + 1 : lines
}

/** A page in the place of answers, as a gateway sends, may have as many lines as there are rows. */
const areJson = (body: Buffer): boolean => {
  if (!isUtf8(body)) return false
  const lines = body.toString().split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines.every(isJson)
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const newLine = 0x0a

/** `predict;dur=12.3` of a Server-Timing header. */
function predictMsOf(headers: IncomingMessage['headers']): number | undefined {
  const [, ms] = /\bpredict;dur=([\d.]+)/.exec(String(headers['server-timing'] ?? '')) ?? []
  return ms === undefined ? undefined : Number(ms)
}

/** Seconds, or a date. */
function retryAfterMs(header: string | undefined): number | undefined {
  if (header === undefined) return undefined
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}

/** What an answer that is no success says: `{"error": {"code", "message"}}`, or whatever others write. */
function problemOf({ status, body }: Reply): { code: string; message: string } {
  const text = body.toString('utf8', 0, 4096)
  const plain = { code: `HTTP_${status}`, message: text.trim().slice(0, 500) || 'no reason is given' }
  try {
    const { error } = JSON.parse(text)
    return typeof error?.code === 'string' && typeof error.message === 'string'
      ? { code: error.code, message: error.message }
      : plain
  } catch {
    return plain
  }
}
