import { fail } from './errors.js'
import type { Management } from './management.js'
import type { Cause } from './models.js'
import { OnDemand } from './on-demand.js'
import { holdModel, type Serving, type ServingParts } from './serving.js'
import { openStoreThread } from './store/store-thread.js'
import { checkTarget } from './store/target.js'

/**
 * Models come from a store, when they are asked for, and go when others need the room.
 *
 * @throws HostError CONFIG_INVALID where the store is not there
 */
export async function serveStore({ settings, models, recency, log }: ServingParts): Promise<Serving> {
  const source = await openStoreThread({ settings: { ...settings, store: settings.store! }, log })
  const onDemand = new OnDemand(settings, source, models, recency, log)
  const sweeper = settings.idleTimeoutMs === undefined ? undefined : sweepIdle(settings.idleTimeoutMs)

  function sweepIdle(idleMs: number): NodeJS.Timeout {
    const sweep = () => {
      for (const name of recency.idleSince(performance.now() - idleMs)) void unload(name, 'idle')
    }
    return setInterval(sweep, Math.max(minSweepMs, idleMs / 10)).unref()
  }

  /** It may be gone already, for another cause. */
  const unload = (name: string, cause: Cause) => onDemand.unload(name, cause).catch(() => {})

  const management: Management = {
    async load(name) {
      const target = checkTarget(name)
      if (recency.isPinned(target) && models.stateOf(target) === 'ready') {
        throw fail('MODEL_ALREADY_LOADED', { model: target })
      }
      const wasPinned = recency.isPinned(target)
      recency.pin(target)
      try {
        return await onDemand.load(target, 'request')
      } catch (error) {
        if (!wasPinned) recency.unpin(target)
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
    singleModel: undefined,
    store: { source, stateOf: target => onDemand.stateOf(target) },
    async prepare() {
      for (const target of settings.pin) recency.pin(target)
      // What is wrong with one of them is in the log, and is told to whoever asks for it.
      await Promise.allSettled([...settings.pin, ...settings.preload].map(target => onDemand.load(target, 'preload')))
    },
    held: () =>
      models
        .list(0, Number.POSITIVE_INFINITY)
        .models.map(model => holdModel(model, model.modelName, recency.isPinned(model.modelName))),
    async take({ modelName, isPinned }) {
      if (isPinned) recency.pin(checkTarget(modelName))
      await onDemand.load(checkTarget(modelName), 'preload')
    },
    evict: name => unload(name, 'eviction'),
    arriving: () => onDemand.arriving,
    waiting: () => onDemand.waiting,
    abandon: error => onDemand.abandon(error),
    async close() {
      clearInterval(sweeper)
      await source.close()
    },
  }
}

const minSweepMs = 20
