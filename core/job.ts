import { Worker } from 'node:worker_threads'
import { describeError, HostError } from './errors.js'
import type { JobMessage } from './job-worker.js'
import type { Log, Progress } from './plugin.js'

/*
 * What takes long, or may never end, in a thread of its own:
 *
 *   order ──▶ worker thread: the script's work ┄ log, progress, then result or failure ┄▶ here
 *
 * The main thread stays free for signals.
 */

/** Makes the error of what went wrong. */
export type Refuse = (problem: string, cause?: unknown) => HostError

export interface Job {
  /** The module that does the work. @see doJob */
  readonly script: URL
  /** What it is to do: plain data. */
  readonly order: object
  readonly log: Log
  readonly progress?: ((progress: Progress) => void) | undefined
  /** Told what the work says before its result. */
  readonly onNote?: (note: unknown) => void
  /** Ends the thread. */
  readonly signal?: AbortSignal | undefined
  readonly refuse: Refuse
  readonly words: {
    /** The problem of a job that was stopped. */
    readonly stopped: string
    /** Ends the sentence "its thread ended with exit code 1 before ...". */
    readonly goal: string
  }
}

/**
 * @returns what the script's work returned
 * @throws HostError with the code that the work raised; else what `refuse` makes
 */
export async function runJob<R>({ script, order, log, progress, onNote, signal, refuse, words }: Job): Promise<R> {
  const stopped = () => refuse(words.stopped, signal?.reason)
  if (signal?.aborted) throw stopped()
  const worker = new Worker(script, { workerData: order, execArgv: [], stdout: true })
  // What a plugin prints is no result: a caller may read this process's stdout.
  worker.stdout.pipe(process.stderr, { end: false })
  const stop = () => void worker.terminate()
  signal?.addEventListener('abort', stop)
  try {
    return await new Promise<R>((done, failed) => {
      worker.on('message', (message: JobMessage) => {
        if ('log' in message) log[message.log.level](message.log.fields, message.log.message)
        else if ('progress' in message) progress?.(message.progress)
        else if ('note' in message) onNote?.(message.note)
        else if ('failure' in message) failed(remakeError(message.failure, refuse))
        else done(message.result as R)
      })
      worker.on('error', error => failed(refuse(`${describeError(error)}.`, error)))
      worker.on('exit', code =>
        failed(signal?.aborted ? stopped() : refuse(`its thread ended with exit code ${code} before ${words.goal}.`)),
      )
    })
  } finally {
    signal?.removeEventListener('abort', stop)
    await worker.terminate()
  }
}

type Failure = Extract<JobMessage, { failure: unknown }>['failure']

function remakeError({ code, message, stack }: Failure, refuse: Refuse): HostError {
  const cause = Object.assign(new Error(message), { stack })
  return code ? new HostError(code, message, { cause }) : refuse(`${message}.`, cause)
}
