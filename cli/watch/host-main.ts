/** The host of `serve --watch`: a process that does what it is told over IPC, and is ended with whoever tells it. */
import { once } from 'node:events'
import { describeError, isHostError } from '../../core/errors.js'
import { type HeldModel, type Host, readCatalog, readSettings, startHost } from '../../core/host.js'
import { createLog } from '../log.js'
import type { Ending, FailedModel, FromHost, ToHost } from './messages.js'

/** When another host takes new connections, who asks on an old one has this time to be told that it goes. */
const handOverMs = 100
/** Loads come in crowds; what is loaded is told once for all of them. */
const tellMs = 50

let host: Host | undefined
let isEnding = false
let isDebug = false

const tell = (message: FromHost) => new Promise<void>(told => process.send!(message, () => told()))

const tellHeld = () => tell({ type: 'held', models: host!.held() })

async function start({ flags, port: givenPort }: Extract<ToHost, { type: 'start' }>): Promise<void> {
  const { settings: given, warnings, places } = await readSettings({ flags })
  const settings = givenPort === undefined ? given : { ...given, port: givenPort }
  isDebug = settings.logLevel === 'debug'
  const log = createLog(settings.logLevel)
  for (const warning of warnings) log.warn({}, warning)
  // A module is imported once: the host has them by then.
  await readCatalog(places)
  await tell({ type: 'imported' })
  let isTelling = false
  const onModels = () => {
    if (isTelling) return
    isTelling = true
    setTimeout(() => {
      isTelling = false
      if (host) void tellHeld()
    }, tellMs)
  }
  let failed: readonly FailedModel[] = []
  host = await startHost({
    settings,
    places,
    log,
    onModels,
    beforeListening: async ({ catalog, take }) => {
      const modules = [...catalog.values()].filter(({ source }) => source !== 'built in').map(({ module }) => module)
      await tell({ type: 'prepared', modules })
      const [{ models }] = (await once(process, 'message')) as [Extract<ToHost, { type: 'serve' }>]
      failed = await takeAll(models, take)
    },
  })
  await tellHeld()
  await tell({ type: 'serving', url: host.url, failed })
}

/** Does what the host before was told while this one took its models. */
async function catchUp(
  { models, goneNames }: Extract<ToHost, { type: 'take' }>,
  { take, models: table, settings }: Host,
) {
  // Elsewhere the host itself lets go what it does not need.
  if (settings.mode === 'platform') await Promise.allSettled(goneNames.map(name => table.unload(name)))
  await tell({ type: 'taken', failed: await takeAll(models, take) })
}

/** @returns those that cannot be loaded; one that is here already is none of them */
async function takeAll(models: readonly HeldModel[], take: Host['take']): Promise<FailedModel[]> {
  const loads = models.map(async (model): Promise<FailedModel[]> => {
    try {
      await take(model)
      return []
    } catch (error) {
      const isHere = isHostError(error) && ['MODEL_ALREADY_LOADED', 'MODEL_LOADING'].includes(error.code)
      return isHere ? [] : [{ model, reason: describeError(error) }]
    }
  })
  return (await Promise.all(loads)).flat()
}

async function end(how: Ending): Promise<void> {
  if (isEnding) return
  isEnding = true
  // Nothing is accepted before it listens.
  if (!host) process.exit(0)
  if (how === 'replaced') await handOver(host)
  // At a keyboard nobody wants to wait for load balancers.
  else await host.close({ delayMs: how === 'SIGTERM' ? host.settings.drainDelayMs : 0 })
  await tellHeld()
  process.exit(0)
}

async function handOver({ close, settings }: Host): Promise<void> {
  let isTold = false
  const onHandedOver = () => {
    if (!isTold) void tell({ type: 'handedOver' })
    isTold = true
  }
  await close({ delayMs: Math.min(handOverMs, settings.drainTimeoutMs), onHandedOver })
}

async function fail(error: unknown): Promise<void> {
  if (isDebug && error instanceof Error) process.stderr.write(`${error.stack}\n`)
  await tell({ type: 'failed', message: describeError(error), code: isHostError(error) ? error.code : undefined })
  process.exit(1)
}

process.on('message', (message: ToHost) => {
  if (message.type === 'start') start(message).catch(fail)
  else if (message.type === 'end') end(message.how).catch(fail)
  else if (message.type === 'take' && host) void catchUp(message, host)
})
// A terminal tells both processes; the other one says how it goes on, and what a second signal does.
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => host && end(signal).catch(fail))
// What is told before somebody listens is lost.
void tell({ type: 'up' })
