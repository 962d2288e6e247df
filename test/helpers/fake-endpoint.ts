import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { Test } from 'tap'

export interface Invocation {
  readonly model: string | undefined
  readonly type: string | undefined
  readonly body: string
  /** The rows, with the numbers as they were written. */
  readonly rows: readonly { readonly number: string; readonly arguments: readonly unknown[] }[]
}

/** An answer's text, or one of the service's errors. */
export type Outcome = string | { readonly status: number; readonly name: string; readonly body: object }

/** Answers each row with what `value` makes of it. */
export const answerRows = ({ rows }: Invocation, value: (...given: unknown[]) => unknown): string =>
  `{"data":[${rows.map(row => `[${row.number},${JSON.stringify(value(...row.arguments))}]`)}]}`

/**
 * Stands for the SageMaker Runtime service where a real host does not do what a test is about: throttling, limits of
 * sizes, connections that break.
 */
export async function fakeEndpoint(
  t: Pick<Test, 'teardown'>,
  invoke: (invocation: Invocation, response: ServerResponse) => Outcome | Promise<Outcome> | undefined,
) {
  const invocations: Invocation[] = []
  const server = createServer(async (request, response) => {
    const body = (await buffer(request)).toString()
    const model = request.headers['x-amzn-sagemaker-target-model'] as string | undefined
    const rows = Array.from(
      body.matchAll(/\[(-?[\d.e+-]+),?((?:"(?:[^"\\]|\\.)*"|[^\]"])*)\]/gi),
      ([, number, given]) => ({
        number: number!,
        arguments: JSON.parse(`[${given}]`) as unknown[],
      }),
    )
    const invocation = { model, type: request.headers['content-type'], body, rows }
    invocations.push(invocation)
    const outcome = await invoke(invocation, response)
    if (outcome === undefined) return
    if (typeof outcome === 'string') {
      response.writeHead(200, { 'content-type': 'application/vnd.modelhost.rows+json' }).end(outcome)
    } else {
      response
        .writeHead(outcome.status, { 'content-type': 'application/json', 'x-amzn-errortype': outcome.name })
        .end(JSON.stringify(outcome.body))
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, invocations }
}
