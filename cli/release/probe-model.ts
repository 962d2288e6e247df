import { setTimeout as pause } from 'node:timers/promises'
import type { Log } from '../../core/plugin.js'
import { roundMs } from '../../core/quantities.js'
import type { PlannedExample } from '../workspace/plan/plan-type.js'
import type { Endpoint, EndpointFailure } from './endpoint.js'

export interface ProbedModel {
  readonly name: string
  readonly target: string
  /** Has it answered each request? */
  readonly isWell: boolean
  /** From the first request to the first answer, with all repeats. */
  readonly coldMs?: number
  /** Requests until the first answer. */
  readonly tries: number
  /** Of the calls after it. */
  readonly warm?: { readonly calls: number; readonly medianMs: number; readonly maxMs: number }
  readonly error?: { readonly name: string; readonly status?: number; readonly message: string }
}

export interface Probe {
  readonly name: string
  readonly target: string
  /** At least one. */
  readonly requests: readonly PlannedExample[]
}

export interface ProbeOptions {
  readonly endpoint: Endpoint
  /** Calls after the first answer; never fewer than there are further requests. */
  readonly calls: number
  /** In which a model has to answer first. */
  readonly limitMs: number
  readonly log: Log
  readonly signal: AbortSignal
  /** Before the first repeat; it doubles. Others only for tests. */
  readonly firstWaitMs?: number
}

const longestWaitMs = 10_000
/** Of what is a mishap, or stays. */
const mostTries = 5

/** Asks a model until it answers, then a few times more. */
export async function probeModel({ name, target, requests }: Probe, options: ProbeOptions): Promise<ProbedModel> {
  const { calls, limitMs } = options
  const ask = createAsker(target, options)
  const about = { name, target }
  const begunMs = performance.now()
  const first = await ask(requests[0]!, begunMs + limitMs)
  if (first.failure) return { ...about, isWell: false, tries: first.tries, error: describe(first.failure) }
  const coldMs = roundMs(performance.now() - begunMs)
  options.log.info({ model: name, ms: coldMs, tries: first.tries }, 'first answer')
  const times: number[] = []
  const count = Math.max(calls, requests.length - 1)
  for (let i = 1; i <= count; i++) {
    const { failure, ms } = await ask(requests[i % requests.length]!, performance.now() + limitMs)
    if (failure) return { ...about, isWell: false, coldMs, tries: first.tries, error: describe(failure) }
    times.push(ms)
  }
  const warm = times.length > 0 ? { warm: summarize(times) } : {}
  return { ...about, isWell: true, coldMs, tries: first.tries, ...warm }
}

interface Asked {
  readonly failure?: EndpointFailure
  readonly tries: number
  /** Of the last try. */
  readonly ms: number
}

/** Repeats a request until it is answered, refused, or late. */
function createAsker(target: string, { endpoint, signal, log, firstWaitMs = 1000 }: ProbeOptions) {
  return async ({ body, contentType }: PlannedExample, untilMs: number): Promise<Asked> => {
    let mishaps = 0
    let former: EndpointFailure | undefined
    for (let tries = 1; ; tries++) {
      const sentMs = performance.now()
      const limitMs = Math.max(1, untilMs - sentMs)
      const answer = await endpoint.invoke({ target, body: Buffer.from(body), contentType, limitMs }, signal)
      const ms = performance.now() - sentMs
      if (!('failure' in answer)) return { tries, ms }
      const { failure } = answer
      if (failure.retry === 'again') mishaps++
      const isOver = failure.retry === 'no' || mishaps >= mostTries
      const waitMs = Math.min(longestWaitMs, firstWaitMs * 2 ** (tries - 1)) * (0.5 + Math.random() / 2)
      // A try that was cut short says less than the one before it.
      if (performance.now() >= untilMs) return { failure: former ?? failure, tries, ms }
      if (isOver || performance.now() + waitMs > untilMs) return { failure, tries, ms }
      former = failure
      log.debug({ target, name: failure.name, tries }, 'asked again')
      await pause(waitMs, undefined, { signal })
    }
  }
}

function summarize(times: readonly number[]): NonNullable<ProbedModel['warm']> {
  const sorted = times.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
  return { calls: times.length, medianMs: roundMs(median), maxMs: roundMs(sorted.at(-1)!) }
}

const describe = ({ name, status, message }: EndpointFailure) => ({
  name,
  ...(status === undefined ? {} : { status }),
  message,
})
