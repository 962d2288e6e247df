/** The operators' door: starting a host, training, evaluating. For `cli/`, `container/`, and programs that embed a host. */
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import { type Catalog, readCatalog } from './catalog.js'
import { closeApp } from './close-app.js'
import type { Settings } from './config.js'
import { Drain } from './drain.js'
import { fail, type HostError } from './errors.js'
import { EvictingRoom } from './evicting-room.js'
import { collectGarbage } from './garbage.js'
import { Hosting } from './hosting.js'
import { Lanes } from './lanes.js'
import { Ledger } from './ledger.js'
import { Loader } from './loader.js'
import { Models } from './models.js'
import type { Log } from './plugin.js'
import type { PluginPlace } from './plugin-places.js'
import { Recency } from './recency.js'
import { FixedRoom } from './room.js'
import { createServer } from './server.js'
import { createServing, type HeldModel, type Serving } from './serving.js'

export { type Catalog, type CatalogEntry, readCatalog } from './catalog.js'
export { readSettings, type Settings, settingsTable } from './config.js'
export { type Evaluated, type EvaluateJob, evaluate } from './evaluate.js'
export { exampleHead } from './examples.js'
export { type ArtifactDescription, describeArtifact } from './params.js'
export type { HeldModel } from './serving.js'
export { train } from './train.js'

export interface Host {
  /** `http://host:port`, or `https:` with TLS; with the port that the system chose where 0 was asked for. */
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
   *
   * @param options.delayMs  time in which requests are still taken, while `/health/ready` says that the host is going; 0 by
   *   default
   * @param options.onHandedOver  another process has the same listening socket: new connections are left to it. Called
   *   when those that are idle after `delayMs` are closed, and again as more of them are
   */
  close(options?: { readonly delayMs?: number; readonly onHandedOver?: () => void }): Promise<void>
  /** What is loaded, for a host that takes it over. */
  held(): readonly HeldModel[]
  /**
   * Loads what another host has.
   *
   * @throws HostError what is wrong with it
   */
  take(model: HeldModel): Promise<void>
}

export interface HostOptions {
  readonly settings: Settings
  /** The plugins of the settings with who names them, as `readSettings` gives them: for errors. */
  readonly places?: readonly PluginPlace[]
  readonly log?: Log
  /**
   * Where it is given, the host listens after it, and what settings ask to be loaded is loaded before it: no request meets
   * a host that is not ready.
   */
  readonly beforeListening?: (host: Pick<Host, 'catalog' | 'take'>) => Promise<void>
  /** Called when a model has come or gone. */
  readonly onModels?: () => void
}

/**
 * Starts a host; it answers when this resolves.
 *
 * @throws HostError PLUGIN_INVALID, CONFIG_INVALID where the port cannot be had; and what `beforeListening` throws
 */
export async function startHost({ settings, places, log, beforeListening, onModels }: HostOptions): Promise<Host> {
  const lines = log ?? pino({ level: settings.logLevel }, pino.destination(2))
  const catalog = await readCatalog(places ?? settings.plugins)
  const ledger = new Ledger(settings.memoryBudgetBytes)
  const onLog = ({ level, fields, message }: { level: keyof Log; fields: object; message: string }) =>
    lines[level](fields, message)
  const lanes = new Lanes({ ...settings, ledger, log: lines, onLog })
  const loader = new Loader(settings.loadTimeoutMs)
  const recency = new Recency()
  let serving: Serving | undefined
  const makeRoom = {
    ledger,
    recency,
    evict: (name: string) => serving!.evict(name),
    bytesOf: (name: string) => (models.stateOf(name) === 'ready' ? models.get(name).bytes : 0),
    loading: () => serving!.arriving(),
    entering: () => hosting.entering,
    leaving: () => models.leaving,
  }
  const room = settings.mode === 'standalone' ? new EvictingRoom(makeRoom) : new FixedRoom(ledger)
  const hosting = new Hosting(settings, catalog, lanes, loader, ledger, room)
  const models = new Models(hosting, lanes, ledger, lines)
  models.onChange = onModels
  const open = new Set<(error: HostError) => void>()
  const drain = new Drain()
  let closing: Promise<void> | undefined
  let isPrepared = false
  const end = async () => {
    hosting.stop()
    await Promise.all([serving?.close(), lanes.close(), loader.close()])
  }
  try {
    serving = await createServing({ settings, models, recency, log: lines })
    const { invoker, management, singleModel, store, waiting: waitingForLoads, prepare, abandon, held, take } = serving
    // The first call of the collector compiles; do it before anybody waits.
    collectGarbage()
    await lanes.start()
    const app = await createServer({
      settings,
      catalog,
      models,
      lanes,
      log: lines,
      invoker,
      management,
      singleModel,
      store,
      waitingForLoads,
      isReady: () => isPrepared && !drain.isDraining,
      isDraining: () => drain.isDraining,
      isClosed: () => drain.isRefusing,
      open,
    })
    drain.watch(app)
    const prepareAll = () =>
      prepare().then(() => {
        isPrepared = true
      })
    // What watches the file of tokens ends with it.
    const closeAgain = async (error: unknown) => {
      await closeApp(app, lines)
      throw error
    }
    if (beforeListening) {
      await prepareAll()
        .then(() => beforeListening({ catalog, take }))
        .catch(closeAgain)
    }
    await app.listen({ host: settings.host, port: settings.port }).catch(error => {
      const failure = fail(
        'CONFIG_INVALID',
        {
          setting: 'host and port',
          problem: `${settings.host}:${settings.port} cannot be listened on: ${error.message}${curePort(error)}`,
        },
        error,
      )
      return closeAgain(failure)
    })
    const url = urlOf(settings, app.server.address() as AddressInfo)
    const close = async (delayMs: number, onHandedOver: (() => void) | undefined) => {
      const giveUp = () => {
        const error = fail('DRAINING', {})
        for (const giveUpOne of open) giveUpOne(error)
        abandon(error)
        lanes.abandon(error)
      }
      const drained = drain.run({ delayMs, limitMs: settings.drainTimeoutMs, log: lines, onHandedOver, giveUp })
      lines.info({ delayMs, ...lanes.status() }, 'draining')
      await drained
      await end()
      lines.info({}, 'stopped')
    }
    const ready = beforeListening ? Promise.resolve() : prepareAll()
    // Who does not wait for it is told by /health/ready.
    ready.catch(() => {})
    return {
      url,
      ready,
      settings,
      catalog,
      models,
      close: ({ delayMs = 0, onHandedOver } = {}) => {
        closing ??= close(delayMs, onHandedOver)
        return closing
      },
      held,
      take,
    }
  } catch (error) {
    await end()
    throw error
  }
}

const curePort = ({ code }: NodeJS.ErrnoException) =>
  code === 'EADDRINUSE' ? '. Another process has it: end that one, or take another --port; 0 is a free one.' : ''

function urlOf({ host, tlsCert }: Settings, { port }: AddressInfo): string {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  const scheme = tlsCert === undefined ? 'http' : 'https'
  return `${scheme}://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}
