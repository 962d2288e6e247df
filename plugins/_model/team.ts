import { Worker } from 'node:worker_threads'
import { progressEveryMs } from './progress.js'

/**
 * The threads of a training, which do a job together before any of them goes on:
 *
 *   run(job) ──▶ this thread: own(job), step by step ┄ onStep ──┐
 *       └─ job ─▶ script in other threads ┄┄┄┄┄┄┄ 'done' ┄┄┄┄┄┄─┴─▶ resolves
 */

export interface TeamOptions<Job, Step> {
  /** Module of the other threads: does each job that it is posted, and posts 'done'. */
  readonly script: URL
  /** What each of them gets as its `workerData`. */
  readonly orders: readonly object[]
  /** This thread's part of a job, with a turn for others after each step. */
  readonly own: (job: Job) => Generator<Step>
  /** Is called every quarter of a second. */
  readonly onTick: () => void
  readonly refuse: (problem: string, cause?: unknown) => Error
}

/** Ends when every thread is done with the job. @throws what `refuse` makes when a thread failed */
export type RunJob<Job, Step> = (job: Job, onStep?: (step: Step) => void) => Promise<void>

/** Lets messages of other threads in; a training that never pauses hears of no abort. */
const pause = () => new Promise<void>(resolve => setImmediate(resolve))

/** Runs `work` with a team, this thread and one for each order, and ends the others after it. */
export async function withTeam<Job, Step, T>(
  { script, orders, own, onTick, refuse }: TeamOptions<Job, Step>,
  work: (run: RunJob<Job, Step>) => Promise<T>,
): Promise<T> {
  const others = orders.map(order => new OtherThread(script, order, refuse))
  const failed = Promise.race(others.map(({ failed }) => failed))
  // It is waited for only while a job runs.
  failed.catch(() => {})
  let tickedMs = performance.now()
  const run: RunJob<Job, Step> = async (job, onStep) => {
    const done = others.map(other => other.run(job))
    for (const step of own(job)) {
      onStep?.(step)
      if (performance.now() - tickedMs < progressEveryMs) continue
      tickedMs = performance.now()
      onTick()
      await pause()
      const failure = others.find(({ failure }) => failure)?.failure
      if (failure) throw failure
    }
    if (done.length > 0) await Promise.race([Promise.all(done), failed])
  }
  try {
    return await work(run)
  } finally {
    await Promise.all(others.map(other => other.end()))
  }
}

class OtherThread {
  readonly #worker: Worker
  /** Rejects when the thread fails or ends by itself. */
  readonly failed: Promise<never>
  failure: unknown

  constructor(script: URL, workerData: object, refuse: TeamOptions<never, never>['refuse']) {
    this.#worker = new Worker(script, { workerData, execArgv: [] })
    this.failed = new Promise((_, reject) => {
      const end = (problem: string, cause?: unknown) => {
        this.failure ??= refuse(`one of its threads ${problem}.`, cause)
        reject(this.failure)
      }
      this.#worker.on('error', error => end(`failed: ${error.message}`, error))
      this.#worker.on('exit', code => end(`ended with code ${code}`))
    })
    this.failed.catch(() => {})
  }

  run(job: unknown): Promise<void> {
    return new Promise(resolve => {
      this.#worker.once('message', () => resolve())
      this.#worker.postMessage(job)
    })
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }
}
