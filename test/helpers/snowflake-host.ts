import type { Test } from 'tap'
import type { PredictRequest } from '../../core/lane-queue.js'
import { findRows } from '../../core/rows.js'
import { folder } from './artifacts.js'
import { type FakeParts, fakeHost, type Outcome } from './fake-host.js'

export const idHeader = 'sf-external-function-query-batch-id'
export const json = { 'content-type': 'application/json' }
export const two = '{"data":[[0,"a"],[1,"b"]]}'

/** The rows of a batch, or of an answer. */
export const rowsOf = (body: Uint8Array | string) =>
  (JSON.parse(Buffer.from(body as Uint8Array).toString()) as { data: unknown[][] }).data

/** Answers rows with their model's name and their arguments. */
export function echoRows(name: string, { body }: Pick<PredictRequest, 'body'>): Outcome {
  const text = Buffer.from(body).toString()
  const rows: string[] = []
  findRows(text, (start, numberStart, numberEnd, end) => {
    const [, ...args] = JSON.parse(text.slice(start, end))
    rows.push(`[${text.slice(numberStart, numberEnd)},${JSON.stringify([name, ...args])}]`)
  })
  return { text: `{"data":[${rows}]}` }
}

/** A host whose models answer so, and what a caller of its Snowflake routes does. */
export async function startSnowflake(t: Test, parts: FakeParts = {}, flags: Record<string, unknown> = {}) {
  const asked: string[] = []
  const predict: FakeParts['predict'] = (name, request) => {
    asked.push(`${name} ${Buffer.from(request.body)}`)
    return (parts.predict ?? echoRows)(name, request)
  }
  const { app, listen } = await fakeHost(t, { store: await folder(t), ...flags }, { ...parts, predict })
  const post = (url: string, payload: string | Buffer = two, headers: Record<string, string> = {}) =>
    app.inject({ method: 'POST', url, payload, headers: { ...json, ...headers } })
  const poll = (url: string, id: string) => app.inject({ url, headers: { [idHeader]: id } })
  const done = async (url: string, id: string) => {
    for (;;) {
      const answer = await poll(url, id)
      if (answer.statusCode !== 202) return answer
      await new Promise(setImmediate)
    }
  }
  return { app, listen, asked, post, poll, done }
}
