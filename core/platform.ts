import type { Serving, ServingParts } from './serving.js'

const nothing = async () => {}

/** A platform says what is loaded; nothing goes that it does not send away. */
export function servePlatform({ models }: ServingParts): Serving {
  return {
    invoker: models,
    management: {
      load: (name, url) => models.load(name, { folder: url }),
      unload: name => models.unload(name),
    },
    singleModel: undefined,
    store: undefined,
    prepare: nothing,
    evict: nothing,
    arriving: () => 0,
    waiting: () => 0,
    abandon() {},
    close: nothing,
  }
}
