import { Worker } from 'node:worker_threads'
import { progressEveryMs } from '../../../_model/progress.js'
import type { Training } from './memory.js'
import type { Phase, PhaseSettings } from './phases.js'
import { refuse } from './tools.js'
import { Work, type WorkOrder } from './work.js'

/** The threads of a training. */
export interface Team {
  /** Ends when every thread is done with the phase. @throws HostError TRAIN_FAILED when a thread failed */
  run(phase: Phase): Promise<void>
}

/** Lets messages of other threads in; a training that never pauses hears of no abort. */
const pause = () => new Promise<void>(resolve => setImmediate(resolve))

/**
 * Runs `work` with a team of `threads` threads, this one among them, and ends the others after it.
 *
 * @param onProgress  is told how many documents the threads fitted in all, now and then
 */
export async function withTeam<T>(
  training: Training,
  settings: PhaseSettings,
  threads: number,
  onProgress: (documents: number) => void,
  work: (team: Team) => Promise<T>,
): Promise<T> {
  const orderOf = (thread: number): WorkOrder => ({ ...training, settings, thread })
  const own = new Work(orderOf(0))
  const control = new Int32Array(training.memory.buffer, training.layout.control, 2)
  const others = Array.from({ length: threads - 1 }, (_, i) => new OtherThread(orderOf(i + 1)))
  const failed = Promise.race(others.map(({ failed }) => failed))
  // It is waited for only while a phase runs.
  failed.catch(() => {})
  let shownMs = performance.now()
  const run = async (phase: Phase) => {
    Atomics.store(control, 0, 0)
    const done = others.map(other => other.run(phase))
    for (const _ of own.run(phase)) {
      if (performance.now() - shownMs < progressEveryMs) continue
      shownMs = performance.now()
      onProgress(Atomics.load(control, 1))
      await pause()
      const failure = others.find(({ failure }) => failure)?.failure
      if (failure) throw failure
    }
    if (done.length > 0) await Promise.race([Promise.all(done), failed])
  }
  try {
    return await work({ run })
  } finally {
    await Promise.all(others.map(other => other.end()))
  }
}

class OtherThread {
  readonly #worker: Worker
  /** Rejects when the thread fails or ends by itself. */
  readonly failed: Promise<never>
  failure: unknown

  constructor(workerData: WorkOrder) {
    this.#worker = new Worker(new URL('./thread.js', import.meta.url), { workerData, execArgv: [] })
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

  run(phase: Phase): Promise<void> {
    return new Promise(resolve => {
      this.#worker.once('message', () => resolve())
      this.#worker.postMessage(phase)
    })
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }
}
