import { holdModel, type Serving, type ServingParts } from './serving.js'

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
    held: () => models.list(0, Number.POSITIVE_INFINITY).models.map(model => holdModel(model, model.modelUrl)),
    async take({ modelName, url }) {
      await models.load(modelName, { folder: url })
    },
    evict: nothing,
    arriving: () => 0,
    waiting: () => 0,
    abandon() {},
    close: nothing,
  }
}
