/** Snowflake's side of an external function, as its documentation describes it. */
import { createHash, randomUUID } from 'node:crypto'
import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib'
import type { Test } from 'tap'

export interface ExternalFunction {
  readonly url: string
  /** `ner` */
  readonly name?: string
  /** `(TEXT VARCHAR)` */
  readonly signature?: string
  readonly returns?: string
  /** MAX_BATCH_ROWS */
  readonly maxBatchRows?: number
  readonly compression?: 'NONE' | 'GZIP' | 'DEFLATE'
  /** HEADERS and CONTEXT_HEADERS */
  readonly headers?: Readonly<Record<string, string>>
  /** Batches that are on their way at the same time. */
  readonly parallel?: number
  /** Until a batch is given up, with all its tries. */
  readonly limitMs?: number
  /** Until the next try; doubled with each. */
  readonly firstPauseMs?: number
  /** Until the proxy between gives up. */
  readonly proxyTimeoutMs?: number
}

/** One request and what came of it, for a test to look at. */
export interface Seen {
  readonly method: string
  readonly batchId: string
  /** `connection` where there was no answer. */
  readonly status: number | 'connection'
}

/** What the query says where a batch fails. */
export class QueryFailed extends Error {
  override readonly name = 'QueryFailed'
}

export interface SnowflakeClient {
  /** All requests, in the order in which they ended. */
  readonly seen: readonly Seen[]
  /**
   * Runs a query over rows of arguments.
   *
   * @returns the value of each row, in order
   * @throws QueryFailed
   */
  query(rows: readonly (readonly unknown[])[]): Promise<unknown[]>
}

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export function snowflakeClient(t: Pick<Test, 'teardown'>, given: ExternalFunction): SnowflakeClient {
  const fn = { name: 'f', signature: '(TEXT VARCHAR)', returns: 'VARIANT', ...defaults, ...given }
  const agent = new Agent({ keepAlive: true, maxSockets: fn.parallel })
  t.teardown(() => agent.destroy())
  const seen: Seen[] = []
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const isPacked = fn.compression !== 'NONE'

  function headersOf(queryId: string, batchId: string): Record<string, string> {
    return {
      'user-agent': 'snowflake/1.0',
      'sf-external-function-format': 'json',
      'sf-external-function-format-version': '1.0',
      'sf-external-function-current-query-id': queryId,
      'sf-external-function-query-batch-id': batchId,
      'sf-external-function-name': fn.name,
      'sf-external-function-name-base64': base64(fn.name),
      'sf-external-function-signature': fn.signature,
      'sf-external-function-signature-base64': base64(fn.signature),
      'sf-external-function-return-type': fn.returns,
      'sf-external-function-return-type-base64': base64(fn.returns),
      ...(isPacked ? { 'accept-encoding': fn.compression.toLowerCase() } : {}),
      ...fn.headers,
    }
  }

  async function ask(method: string, headers: Record<string, string>, body?: Buffer): Promise<Answer | undefined> {
    const batchId = headers['sf-external-function-query-batch-id']!
    const answer = await exchange(fn.url, { method, headers, agent, timeout: fn.proxyTimeoutMs }, body).catch(
      () => undefined,
    )
    seen.push({ method, batchId, status: answer?.status ?? 'connection' })
    return answer
  }

  /** A POST, tried until it is answered; where it is accepted, GETs until it is done. */
  async function batch(queryId: string, number: number, rows: readonly (readonly unknown[])[]): Promise<unknown[]> {
    const headers = headersOf(queryId, `${queryId}:${number}:0`)
    const text = Buffer.from(JSON.stringify({ data: rows.map((row, i) => [i, ...row]) }))
    const body = { NONE: () => text, GZIP: () => gzipSync(text), DEFLATE: () => deflateSync(text) }[fn.compression]()
    const post = { ...headers, 'content-type': 'application/json', 'content-length': String(body.length) }
    if (isPacked) post['content-encoding' as never] = fn.compression.toLowerCase() as never
    const endMs = performance.now() + fn.limitMs
    let isAccepted = false
    for (let pauseMs = fn.firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, 16 * fn.firstPauseMs)) {
      const answer = await (isAccepted ? ask('GET', headers) : ask('POST', post, body))
      if (answer?.status === 200) return read(answer, rows.length)
      if (answer?.status === 202) isAccepted = true
      else if (answer && answer.status !== 429 && answer.status < 500) {
        throw new QueryFailed(`${answer.status}: ${answer.body}`)
      }
      if (performance.now() > endMs)
        throw new QueryFailed(`the time is over; at last ${answer?.status}: ${answer?.body}`)
      await pause(pauseMs)
    }
  }

  return {
    seen,
    async query(rows) {
      const queryId = randomUUID()
      const batches = cut(rows, fn.maxBatchRows)
      const values: unknown[][] = []
      let next = 0
      await Promise.all(
        Array.from({ length: fn.parallel }, async () => {
          while (next < batches.length) {
            const number = next++
            values[number] = await batch(queryId, number, batches[number]!)
          }
        }),
      )
      return values.flat()
    },
  }
}

const defaults = {
  maxBatchRows: 500,
  compression: 'GZIP',
  parallel: 8,
  limitMs: 30_000,
  firstPauseMs: 10,
  proxyTimeoutMs: 30_000,
} as const

/** Into batches of no particular size. */
function cut<Row>(rows: readonly Row[], most: number): Row[][] {
  const batches: Row[][] = []
  for (let at = 0; at < rows.length; ) {
    const size = 1 + Math.floor(Math.random() * most)
    batches.push(rows.slice(at, at + size))
    at += size
  }
  return batches
}

/** @throws QueryFailed where an answer is not as Snowflake takes it */
function read({ headers, body }: Answer, rows: number): unknown[] {
  const md5 = headers['content-md5']
  if (md5 !== undefined && md5 !== createHash('md5').update(body).digest('base64')) throw new QueryFailed('wrong MD5')
  if (!/^application\/json\b/.test(headers['content-type'] ?? '')) throw new QueryFailed('no JSON')
  const encoding = headers['content-encoding']
  const text = encoding === 'gzip' ? gunzipSync(body) : encoding === 'deflate' ? inflateSync(body) : body
  if (text.length > 10_000_000) throw new QueryFailed('an answer of more than 10 MB')
  const { data } = JSON.parse(text.toString()) as { data: unknown[][] }
  if (data.length !== rows) throw new QueryFailed(`${data.length} rows for ${rows}`)
  return data.map((row, i) => {
    if (row.length !== 2 || row[0] !== i) throw new QueryFailed(`row ${row[0]} of ${row.length} where ${i} was due`)
    return row[1]
  })
}

function exchange(url: string, options: object, body?: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, options, answer => {
      buffer(answer).then(body => resolve({ status: answer.statusCode!, headers: answer.headers, body }), reject)
    })
    sent.on('timeout', () => sent.destroy(new Error('the proxy gives up')))
    sent.on('error', reject).end(body)
  })
}
