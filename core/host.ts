/** The operators' door: starting a host, training, evaluating. For `cli/`, `container/`, and programs that embed a host. */
import type { AddressInfo, Server, Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { type Catalog, readCatalog } from './catalog.js'
import type { Settings } from './config.js'
import { fail, type HostError } from './errors.js'
import { EvictingRoom } from './evicting-room.js'
import { collectGarbage } from './garbage.js'
import { Hosting } from './hosting.js'
import { Lanes } from './lanes.js'
import { Ledger } from './ledger.js'
import { Loader } from './loader.js'
import { Models } from './models.js'
import type { Log } from './plugin.js'
import { Recency } from './recency.js'
import { FixedRoom } from './room.js'
import { createServer } from './server.js'
import { createServing } from './serving.js'

export { type Catalog, type CatalogEntry, readCatalog } from './catalog.js'
export { readSettings, type Settings, settingsTable } from './config.js'
export { type Evaluated, type EvaluateJob, evaluate } from './evaluate.js'
export { exampleHead } from './examples.js'
export { type ArtifactDescription, describeArtifact } from './params.js'
export { train } from './train.js'

export interface Host {
  /** `http://host:port`, with the port that the system chose where 0 was asked for. */
  readonly url: string
  readonly settings: Settings
  readonly catalog: Catalog
  readonly models: Models
  /**
   * Resolves when everything is loaded that must be before the first request; until then `/health/ready` says 503.
   *
   * @throws HostError in single mode, what is wrong with the artifact
   */
  readonly ready: Promise<void>
  /**
   * Stops taking requests, finishes what was accepted, and ends the lanes. What cannot end within `drainTimeoutMs` is
   * answered with 503.
   */
  close(): Promise<void>
}

/**
 * Starts a host; it answers when this resolves.
 *
 * @throws HostError PLUGIN_INVALID, CONFIG_INVALID where the port cannot be had
 */
export async function startHost({ settings, log }: { settings: Settings; log?: Log }): Promise<Host> {
  const lines = log ?? pino({ level: settings.logLevel }, pino.destination(2))
  const catalog = await readCatalog(settings.plugins)
  const ledger = new Ledger(settings.memoryBudgetBytes)
  const onLog = ({ level, fields, message }: { level: keyof Log; fields: object; message: string }) =>
    lines[level](fields, message)
  const lanes = new Lanes({ ...settings, ledger, log: lines, onLog })
  const loader = new Loader(settings.loadTimeoutMs)
  const recency = new Recency()
  const evict = (name: string) => serving.evict(name)
  const room =
    settings.mode === 'standalone'
      ? new EvictingRoom({ ledger, recency, evict, loading: () => serving.arriving() })
      : new FixedRoom(ledger)
  const hosting = new Hosting(settings, catalog, lanes, loader, ledger, room)
  const models = new Models(hosting, lanes, ledger, lines)
  const serving = createServing({ settings, models, recency, log: lines })
  const open = new Set<(error: HostError) => void>()
  let closing: Promise<void> | undefined
  let isPrepared = false
  const parts = {
    settings,
    catalog,
    models,
    lanes,
    log: lines,
    invoker: serving.invoker,
    store: serving.store,
    isReady: () => isPrepared && closing === undefined,
    isDraining: () => closing !== undefined,
    isClosed: () => closing !== undefined,
    open,
  }
  try {
    // The first call of the collector compiles; do it before anybody waits.
    collectGarbage()
    await Promise.all([lanes.start(), serving.open()])
    const app = await createServer(parts)
    const sockets = socketsOf(app.server)
    await app.listen({ host: settings.host, port: settings.port }).catch(error => {
      throw fail(
        'CONFIG_INVALID',
        { setting: 'port', problem: `${settings.port} cannot be listened on: ${error.message}` },
        error,
      )
    })
    const url = urlOf(settings.host, app.server.address() as AddressInfo)
    const close = async () => {
      lines.info(lanes.status(), 'draining')
      await drain(app, sockets, settings.drainTimeoutMs, () => {
        const error = fail('DRAINING', {})
        for (const giveUp of open) giveUp(error)
        serving.abandon(error)
        lanes.abandon(error)
      })
      hosting.stop()
      await Promise.all([serving.close(), lanes.close(), loader.close()])
      lines.info({}, 'stopped')
    }
    const ready = serving.prepare().then(() => {
      isPrepared = true
    })
    // Who does not wait for it is told by /health/ready.
    ready.catch(() => {})
    return {
      url,
      ready,
      settings,
      catalog,
      models,
      close: () => {
        closing ??= close()
        return closing
      },
    }
  } catch (error) {
    await Promise.all([serving.close(), lanes.close()])
    throw error
  }
}

function socketsOf(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>()
  server.on('connection', socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return sockets
}

const lastWordsMs = 1000
const idleCheckMs = 50

/** Resolves when every request is answered; `giveUp` answers what is left when the time is over. */
async function drain(
  app: FastifyInstance,
  sockets: ReadonlySet<Socket>,
  limitMs: number,
  giveUp: () => void,
): Promise<void> {
  let cut: NodeJS.Timeout | undefined
  const limit = setTimeout(() => {
    giveUp()
    cut = setTimeout(() => app.server.closeAllConnections(), lastWordsMs)
  }, limitMs)
  const idle = setInterval(() => {
    // A kept connection becomes idle with its last answer.
    app.server.closeIdleConnections()
    // One that never sent a request is not idle, as Node counts.
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
  }, idleCheckMs)
  try {
    await app.close()
  } finally {
    clearTimeout(limit)
    clearTimeout(cut)
    clearInterval(idle)
  }
}

function urlOf(host: string, { port }: AddressInfo): string {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}
