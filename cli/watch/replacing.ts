import type { HeldModel } from '../../core/host.js'
import { type HostProcess, StartFailure, startHostProcess } from './host-process.js'
import type { Ending, FailedModel, Flags } from './messages.js'

/** What became of the start of a host. */
export type Outcome =
  | { readonly kind: 'serving'; readonly url: string; readonly loaded: readonly HeldModel[]; readonly ms: number }
  | { readonly kind: 'failed'; readonly failure: StartFailure }
  /** A change came while it was prepared. */
  | { readonly kind: 'outdated' }

export interface Replacing {
  /** Is there a host that serves? */
  readonly isServing: boolean
  /** By Date.now(), of the newest host. */
  readonly startedMs: number
  /** The modules of further plugins, of the newest host that got so far. */
  readonly modules: readonly string[]
  /** What is loaded, and what was and could not be loaded again. */
  models(): readonly HeldModel[]
  /**
   * Starts a host, lets it load what the one before holds, and ends that one. Where the new one fails, the old one serves on.
   *
   * @param outdated  resolves when what the new one imports is not the newest any more
   */
  replace(outdated: Promise<void>): Promise<Outcome>
  /** Ends all; resolves when all are gone, with whether each ended as it should. */
  end(how: Ending): Promise<boolean>
  kill(): void
}

interface ReplacingOptions {
  readonly flags: Flags
  /** One that was replaced and has not ended by then, is killed. */
  readonly leaveLimitMs: number
  /** Called before it listens; what it throws ends the start. */
  readonly onPrepared: (modules: readonly string[]) => void
  /** A host that serves has other models than it had. */
  readonly onModels: () => void
  readonly onFailedModels: (failed: readonly FailedModel[]) => void
  /** It waits for this to be over. */
  readonly onWaiting: () => void
  readonly onCrash: (how: string) => void
}

/** A host itself waits for an import for 30 s. */
const importLimitMs = 40_000

const cleanEnd = 'exit code 0'

export function createReplacing(options: ReplacingOptions): Replacing {
  const { flags, leaveLimitMs, onPrepared, onModels, onFailedModels, onWaiting, onCrash } = options
  const hosts = new Set<HostProcess>()
  /** Those of them that were told to listen, and have not failed. */
  const serving = new Set<HostProcess>()
  let current: HostProcess | undefined
  let leaving: Promise<void> | undefined
  let followOld = () => {}
  let missing: readonly HeldModel[] = []
  let modules: readonly string[] = []
  let startedMs = 0
  let url = ''
  /** After a crash nobody holds the port that the system chose; the next host asks for the same. */
  let port: number | undefined
  let isEnding = false

  function launch(): HostProcess {
    const host = startHostProcess(() => (host === current ? onModels() : followOld()))
    hosts.add(host)
    void host.ended.then(how => {
      hosts.delete(host)
      serving.delete(host)
      if (host !== current || isEnding) return
      current = undefined
      missing = mergeModels(host.held, missing)
      port = Number(new URL(url).port)
      onCrash(how)
    })
    return host
  }

  /** Until the old one has ended, what it is told to load and unload, the new one does, too. */
  async function leave(old: HostProcess, counted: readonly HeldModel[]): Promise<void> {
    let known = counted
    let following = Promise.resolve()
    followOld = () => {
      const [before, now] = [known, old.held]
      known = now
      following = following.then(() => follow(before, now))
    }
    followOld()
    const limit = setTimeout(() => old.kill(), leaveLimitMs)
    await old.ended
    clearTimeout(limit)
    followOld()
    await following
  }

  async function follow(before: readonly HeldModel[], now: readonly HeldModel[]): Promise<void> {
    // One that was unloaded, and loaded from elsewhere under its name, is both.
    const gone = before.filter(model => !now.some(other => isSameLoad(other, model)))
    const models = now.filter(model => !before.some(other => isSameLoad(other, model)))
    if (isEnding || models.length + gone.length === 0) return
    missing = mergeModels(without(missing, gone), current ? [] : models)
    const goneNames = gone.map(({ modelName }) => modelName)
    if (current) addMissing(await current.take(models, goneNames).catch(() => []))
  }

  function addMissing(failed: readonly FailedModel[]): void {
    if (failed.length === 0) return
    missing = mergeModels(
      missing,
      failed.map(({ model }) => model),
    )
    onFailedModels(failed)
  }

  async function start(outdated: Promise<void>): Promise<Outcome> {
    const startMs = performance.now()
    const host = launch()
    startedMs = host.startedMs
    try {
      const prepared = await Promise.race([host.prepare(flags, port, importLimitMs), outdated])
      if (!prepared) {
        host.kill()
        return { kind: 'outdated' }
      }
      onPrepared(prepared)
      modules = prepared
      serving.add(host)
      const held = current?.held ?? []
      const models = mergeModels(held, missing)
      const { url: newUrl, failed } = await host.serve(models)
      const old = current
      current = host
      url = newUrl
      missing = []
      addMissing(failed)
      const ms = Math.round(performance.now() - startMs)
      if (old) {
        leaving = leave(old, held).finally(() => {
          leaving = undefined
          followOld = () => {}
        })
        await old.handOver()
      }
      return { kind: 'serving', url, loaded: without(models, missing), ms }
    } catch (error) {
      serving.delete(host)
      host.kill()
      if (isEnding) return never()
      if (!(error instanceof StartFailure)) throw error
      return { kind: 'failed', failure: error }
    }
  }

  return {
    get isServing() {
      return current !== undefined
    },
    get startedMs() {
      return startedMs
    },
    get modules() {
      return modules
    },
    models: () => mergeModels(current?.held ?? [], missing),
    async replace(outdated) {
      if (leaving) onWaiting()
      // Not more than two at a time, and the one that goes.
      await leaving
      return isEnding ? never() : start(outdated)
    },
    async end(how) {
      isEnding = true
      // One that was not told to listen has accepted nothing.
      for (const host of hosts) serving.has(host) ? host.end(how) : host.kill()
      const ends = [...serving].map(host => host.ended)
      await Promise.all([...hosts].map(host => host.ended))
      return (await Promise.all(ends)).every(end => end === cleanEnd)
    },
    kill() {
      for (const host of hosts) host.kill()
    },
  }
}

/** The process ends before anybody needs an answer. */
const never = () => new Promise<never>(() => {})

const without = (models: readonly HeldModel[], others: readonly HeldModel[]) =>
  models.filter(({ modelName }) => !others.some(other => other.modelName === modelName))

const isSameLoad = (a: HeldModel, b: HeldModel) =>
  a.modelName === b.modelName && a.url === b.url && a.sinceMs === b.sinceMs && a.isPinned === b.isPinned

const mergeModels = (models: readonly HeldModel[], more: readonly HeldModel[]) => [...models, ...without(more, models)]
