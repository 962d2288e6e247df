import type { Serving, ServingParts } from './serving.js'

/** What the one model of a host is called. */
const singleModelName = 'model'

const nothing = async () => {}

/** One model, loaded before the host is ready. */
export function serveSingle({ settings, models }: ServingParts): Serving {
  return {
    invoker: models,
    management: undefined,
    singleModel: singleModelName,
    store: undefined,
    async prepare() {
      await models.load(singleModelName, { folder: settings.single! }, { cause: 'start' })
    },
    evict: nothing,
    arriving: () => 0,
    abandon() {},
    close: nothing,
  }
}
