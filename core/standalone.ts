import { fail } from './errors.js'
import type { Cause } from './models.js'
import { OnDemand } from './on-demand.js'
import type { Management, Serving, ServingParts } from './serving.js'
import { StoreThread } from './store/store-thread.js'
import { checkTarget } from './store/target.js'

/** Models come from a store, when they are asked for, and go when others need the room. */
export function serveStore({ settings, models, recency, log }: ServingParts): Serving {
  const source = new StoreThread(settings, log)
  const onDemand = new OnDemand(settings, source, models, recency)
  const sweeper = settings.idleTimeoutMs === undefined ? undefined : sweepIdle(settings.idleTimeoutMs)

  function sweepIdle(idleMs: number): NodeJS.Timeout {
    const sweep = () => {
      for (const name of recency.idleSince(Date.now() - idleMs)) void unload(name, 'idle')
    }
    return setInterval(sweep, Math.max(minSweepMs, idleMs / 10)).unref()
  }

  /** It may be gone already, for another cause. */
  const unload = (name: string, cause: Cause) => onDemand.unload(name, cause).catch(() => {})

  const management: Management = {
    async load(name, url) {
      const target = checkTarget(name)
      if (url !== undefined && url !== target) {
        const problem = 'is not the model_name. Leave url out: in a store, the name says where a model is.'
        throw fail('URL_INVALID', { url, problem })
      }
      if (recency.isPinned(target) && models.stateOf(target) === 'ready') {
        throw fail('MODEL_ALREADY_LOADED', { model: target })
      }
      recency.pin(target)
      try {
        return await onDemand.load(target, 'request')
      } catch (error) {
        recency.unpin(target)
        throw error
      }
    },
    async unload(target) {
      recency.unpin(target)
      await onDemand.unload(target, 'request')
    },
  }

  return {
    invoker: onDemand,
    management,
    store: { source, stateOf: target => onDemand.stateOf(target) },
    open: () => source.open(),
    async prepare() {
      for (const target of settings.pin) recency.pin(target)
      // What is wrong with one of them is in the log, and is told to whoever asks for it.
      await Promise.allSettled([...settings.pin, ...settings.preload].map(target => onDemand.load(target, 'preload')))
    },
    evict: name => unload(name, 'eviction'),
    arriving: () => onDemand.arriving,
    abandon: error => onDemand.abandon(error),
    async close() {
      clearInterval(sweeper)
      await source.close()
    },
  }
}

const minSweepMs = 20
