import { isAbsolute, relative } from 'node:path'
import { readSettings } from '../../core/host.js'
import { firstFew } from '../../core/words.js'
import { CommandError, UsageError } from '../command.js'
import { firstRequest } from '../first-request.js'
import { createLog } from '../log.js'
import { prepareCluster, type StartFailure } from './host-process.js'
import type { Flags } from './messages.js'
import { createReplacing, type Outcome } from './replacing.js'
import { createSettling } from './settling.js'
import { watchedArtifacts, watchedModules, watchedPaths } from './watched.js'
import { createWatcher } from './watcher.js'

/** No change for so long: a build has written all that it writes. */
const quietMs = 150
const maxNames = 5
/** For a host to end after its drain: lanes stop. */
const graceMs = 5000

/**
 * `serve --watch`: this process watches and never listens; the host is a process of its own, and replaced on a change.
 *
 *   change ─settled─▶ new host: imports plugins, loads what the old one holds ──▶ both listen ──▶ the old one drains, ends
 *                        └─ fails: told; the old one serves on until the next change
 */
export async function supervise(flags: Flags): Promise<void> {
  const signals = untilSignal()
  const { settings } = await readSettings({ flags })
  const log = createLog(settings.logLevel)
  const changes = createSettling(quietMs)
  const watcher = createWatcher({
    store: settings.store,
    onChange: path => changes.note(path),
    onError: error => log.warn({}, `not everything can be watched: ${error}`),
  })
  prepareCluster()
  const hosts = createReplacing({
    flags,
    // It ends by itself, unless something keeps its main thread.
    leaveLimitMs: settings.drainTimeoutMs + graceMs,
    onPrepared: modules => {
      if (modules.length === 0 && settings.pluginFolder === undefined && shownUrl === undefined)
        throw new UsageError(nothingToWatch)
    },
    onModels: () => void watchAll(),
    onFailedModels: failed =>
      failed.forEach(({ model, reason }) => void log.warn({}, `${model.modelName} is not loaded any more: ${reason}`)),
    onWaiting: () => log.info({}, 'the host before still answers what it has accepted; waiting for that'),
    onCrash: how => log.error({}, `the host has ended by itself (${how}); the next change starts it again`),
  })
  process.once('exit', () => hosts.kill())
  let shownUrl: string | undefined
  let hasFailed = false

  const pluginPaths = [...settings.plugins, ...(settings.pluginFolder === undefined ? [] : [settings.pluginFolder])]

  function watchAll(): Promise<void> {
    const { modules, startedMs } = hosts
    return watcher.set([
      ...watchedModules(modules, settings.pluginFolder, startedMs),
      ...(hasFailed ? watchedPaths(pluginPaths, startedMs) : []),
      ...watchedArtifacts(hosts.models(), settings, startedMs),
    ])
  }

  /** @throws CommandError where a change of files could not help */
  function tellFailure({ message, code }: StartFailure): void {
    if (shownUrl === undefined) {
      if (code === 'CONFIG_INVALID') throw new UsageError(message)
      if (!pluginPaths.some(isAbsolute)) throw new CommandError(message)
    }
    const next = hosts.isServing ? 'The host before serves on; the next change tries again.' : 'Waiting for a change.'
    log.error({}, `${message} ${next}`)
  }

  function tellServing({ url, loaded, ms }: Extract<Outcome, { kind: 'serving' }>): void {
    if (shownUrl !== undefined) {
      const names = firstFew(
        loaded.map(({ modelName }) => modelName),
        maxNames,
      )
      log.info({}, `replaced in ${ms} ms${names.length === 0 ? '' : `; loaded again: ${names.join(', ')}`}`)
    }
    if (url === shownUrl) return
    const ask = firstRequest(settings, url)
    process.stdout.write(
      `listening on ${url}\n${ask === undefined || shownUrl !== undefined ? '' : `ask it: ${ask}\n`}`,
    )
    shownUrl = url
  }

  async function run(): Promise<never> {
    for (;;) {
      const outcome = await hosts.replace(changes.settled())
      if (outcome.kind === 'failed') tellFailure(outcome.failure)
      else if (outcome.kind === 'serving') tellServing(outcome)
      hasFailed = outcome.kind === 'failed'
      await watchAll()
      await changes.settled()
      const paths = changes.take().map(path => relative(process.cwd(), path))
      log.info({}, `changed: ${firstFew(paths, maxNames).join(', ')}; starting a new host`)
    }
  }

  const signal = await Promise.race([signals, run()]).catch(async error => {
    hosts.kill()
    await watcher.close()
    throw error
  })
  log.info({}, `${signal}: what was accepted is answered; once more ends at once`)
  const isClean = await hosts.end(signal === 'SIGTERM' ? 'SIGTERM' : 'SIGINT')
  process.exit(isClean ? 0 : 1)
}

/** From the second one on, the process ends at once. */
function untilSignal(): Promise<NodeJS.Signals> {
  let isAsked = false
  return new Promise(resolve => {
    const onSignal = (signal: NodeJS.Signals) => {
      if (isAsked) process.exit(1)
      isAsked = true
      resolve(signal)
    }
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal)
  })
}

const nothingToWatch =
  '--watch has nothing to watch: all plugins are built in. Name the plugin that you write with --plugin or --plugin-folder.'
