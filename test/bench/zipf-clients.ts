import { performance } from 'node:perf_hooks'
import { KeptConnection } from './kept-connection.js'
import { type Mix, zipfDraw } from './zipf-draw.js'

/** A process of its own: clients that ask, wait for the answer, and ask again. */
export interface Traffic {
  readonly url: string
  readonly clients: number
  readonly seconds: number
  readonly mix: Mix
  /** Of each target that may be drawn. */
  readonly requests: readonly { readonly path: string; readonly body: string }[]
}

/** Requests as columns, in the order in which they were sent. */
export interface Sent {
  readonly targets: Uint32Array
  /** From sending to the answer's end. */
  readonly ms: Float64Array
  /** What `Server-Timing` says of waiting for a load; NaN where there was none. */
  readonly loadMs: Float64Array
  readonly isGood: Uint8Array
  /** What was answered instead of 200, how often, by the target's index. */
  readonly failures: readonly { readonly target: number; readonly code: string; readonly times: number }[]
  readonly seconds: number
}

process.once('message', async (traffic: Traffic) => {
  const sent = await send(traffic)
  process.send!(sent, () => process.disconnect())
})

async function send({ url, clients, seconds, mix, requests }: Traffic): Promise<Sent> {
  const draw = zipfDraw(mix)
  const targets: number[] = []
  const ms: number[] = []
  const loadMs: number[] = []
  const isGood: number[] = []
  const failures = new Map<string, { target: number; code: string; times: number }>()
  const fail = (target: number, code: string) => {
    const key = `${target} ${code}`
    const failure = failures.get(key) ?? { target, code, times: 0 }
    failure.times++
    failures.set(key, failure)
  }
  const startMs = performance.now()
  const endMs = startMs + seconds * 1000
  const client = async () => {
    const connection = new KeptConnection(new URL(url))
    while (performance.now() < endMs) {
      const target = draw()
      const at = targets.push(target) - 1
      const { path, body } = requests[target]!
      const sentMs = performance.now()
      try {
        const answer = await connection.post(path, body)
        isGood[at] = answer.status === 200 ? 1 : 0
        loadMs[at] = Number(/\r\nserver-timing: load;dur=([\d.]+)/i.exec(answer.head)?.[1])
        if (answer.status !== 200) fail(target, /"code":"(\w+)"/.exec(answer.body)?.[1] ?? String(answer.status))
      } catch (error) {
        isGood[at] = 0
        loadMs[at] = Number.NaN
        fail(target, (error as Error).message)
      }
      ms[at] = performance.now() - sentMs
    }
    connection.close()
  }
  await Promise.all(Array.from({ length: clients }, client))
  return {
    targets: Uint32Array.from(targets),
    ms: Float64Array.from(ms),
    loadMs: Float64Array.from(loadMs),
    isGood: Uint8Array.from(isGood),
    failures: [...failures.values()],
    seconds: (performance.now() - startMs) / 1000,
  }
}
