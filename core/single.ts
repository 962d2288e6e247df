import { fail } from './errors.js'
import type { Serving, ServingParts } from './serving.js'

/** What the one model of a host is called. */
const singleModelName = 'model'

const nothing = async () => {}

/** One model, loaded before the host is ready. */
export function serveSingle({ settings, models }: ServingParts): Serving {
  const startMs = performance.now()
  const expect = (name: string) => {
    if (name !== singleModelName) throw fail('MODEL_NOT_LOADED', { model: name, only: singleModelName })
    // Nobody can ask for it: it is on its way.
    if (models.stateOf(name) !== 'ready')
      throw fail('MODEL_NOT_READY', { model: name, waitedMs: Math.round(performance.now() - startMs) })
    models.expect(name)
  }
  return {
    invoker: { expect, invoke: (name, request, settle) => models.invoke(name, request, settle) },
    management: undefined,
    singleModel: singleModelName,
    store: undefined,
    async prepare() {
      await models.load(singleModelName, { folder: settings.single! }, { cause: 'start' })
    },
    held: () => [],
    take: nothing,
    evict: nothing,
    arriving: () => 0,
    waiting: () => 0,
    abandon() {},
    close: nothing,
  }
}
