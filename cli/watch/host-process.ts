import cluster, { type Worker } from 'node:cluster'
import { fileURLToPath } from 'node:url'
import type { HeldModel } from '../../core/host.js'
import type { Ending, FailedModel, Flags, FromHost, ToHost } from './messages.js'

/** Why a host did not come to serve. */
export class StartFailure extends Error {
  constructor(
    message: string,
    readonly code: string | undefined,
  ) {
    super(message)
  }
}

/** A host in a process of its own. */
export interface HostProcess {
  /** By Date.now(). */
  readonly startedMs: number
  /** What it holds, as it said last. */
  readonly held: readonly HeldModel[]
  /** Resolves when the process is gone: its exit code or signal, in words. */
  readonly ended: Promise<string>
  /**
   * Resolves when all plugins are imported, and what the settings ask for is loaded.
   *
   * @param importLimitMs  within which all are imported
   * @returns the modules of further plugins, as file URLs
   * @throws StartFailure
   */
  prepare(flags: Flags, port: number | undefined, importLimitMs: number): Promise<readonly string[]>
  /**
   * Loads models, and listens.
   *
   * @throws StartFailure
   */
  serve(models: readonly HeldModel[]): Promise<{ readonly url: string; readonly failed: readonly FailedModel[] }>
  /** @param goneNames  models that are not wanted any more */
  take(models: readonly HeldModel[], goneNames: readonly string[]): Promise<readonly FailedModel[]>
  /** Lets it answer what it has accepted, and end. */
  end(how: Ending): void
  /** Ends it as another one has taken over; resolves when it gets no more requests. */
  handOver(): Promise<void>
  kill(): void
}

/**
 * All hosts listen on one socket, which the system gives them through `node:cluster`: a new one takes connections before
 * the old one stops, so that none is refused.
 */
export function prepareCluster(): void {
  cluster.setupPrimary({ exec: fileURLToPath(new URL('./host-main.js', import.meta.url)), args: [] })
  // By its default this process would accept connections and hand them out, and lose those that it gave to one that goes.
  cluster.schedulingPolicy = cluster.SCHED_NONE
}

/** @param onHeld  called when it says what it holds */
export function startHostProcess(onHeld: () => void): HostProcess {
  const worker = cluster.fork()
  let held: readonly HeldModel[] = []
  const ended = new Promise<string>(resolve =>
    worker.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`)),
  )
  worker.on('message', (message: FromHost) => {
    if (message.type !== 'held') return
    held = message.models
    onHeld()
  })
  // A message to a process that has just ended; its end says all.
  worker.on('error', () => {})
  const up = answerOf(worker, 'up', ended)
  // Who waits for it is told.
  up.catch(() => {})
  const tell = (message: ToHost) => void (worker.isConnected() && worker.send(message))
  const ask = async <T extends FromHost['type']>(message: ToHost, type: T) => {
    const answer = answerOf(worker, type, ended)
    tell(message)
    return answer
  }
  return {
    startedMs: Date.now(),
    get held() {
      return held
    },
    ended,
    async prepare(flags, port, importLimitMs) {
      await up
      const prepared = ask({ type: 'start', flags, port }, 'prepared')
      const imported = answerOf(worker, 'imported', ended)
      await Promise.race([prepared, inTime(imported, importLimitMs)])
      return (await prepared).modules
    },
    serve: models => ask({ type: 'serve', models }, 'serving'),
    take: async (models, goneNames) => (await ask({ type: 'take', models, goneNames }, 'taken')).failed,
    end: how => tell({ type: 'end', how }),
    // One that ends instead gets no more either.
    handOver: () =>
      ask({ type: 'end', how: 'replaced' }, 'handedOver').then(
        () => {},
        () => {},
      ),
    kill: () => void worker.process.kill('SIGKILL'),
  }
}

/** @throws StartFailure when it fails, or ends, instead */
function answerOf<T extends FromHost['type']>(
  worker: Worker,
  type: T,
  ended: Promise<string>,
): Promise<Extract<FromHost, { type: T }>> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: FromHost) => {
      if (message.type !== type && message.type !== 'failed') return
      worker.off('message', onMessage)
      if (message.type === 'failed') reject(new StartFailure(message.message, message.code))
      else resolve(message as Extract<FromHost, { type: T }>)
    }
    worker.on('message', onMessage)
    void ended.then(how => reject(new StartFailure(`Its process ended while it started (${how}).`, undefined)))
  })
}

/** @throws StartFailure when the time is over: a host that waits for an import says so itself, one that is kept busy cannot */
async function inTime(imported: Promise<unknown>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const message = `The plugins were not imported within ${limitMs / 1000} s: what stands at the top level of a module, such as a loop, does not end. Move it into load or train.`
    timer = setTimeout(() => reject(new StartFailure(message, undefined)), limitMs)
  })
  try {
    await Promise.race([imported, late])
  } finally {
    clearTimeout(timer)
  }
}
