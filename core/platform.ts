import { checkUrl } from './params.js'
import type { Serving, ServingParts } from './serving.js'

const nothing = async () => {}

/** A platform says what is loaded; nothing goes that it does not send away. */
export function servePlatform({ models }: ServingParts): Serving {
  return {
    invoker: models,
    management: {
      load: (modelName, url) => models.load(modelName, { folder: checkUrl(url) }),
      unload: modelName => models.unload(modelName),
    },
    store: undefined,
    open: nothing,
    prepare: nothing,
    evict: nothing,
    arriving: () => 0,
    abandon() {},
    close: nothing,
  }
}
