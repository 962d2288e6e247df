/** A plugin whose promises are waited for within a limit: one that is never settled would end the process with nothing said. */
import type { AnyPlugin } from '../plugin.js'

/** @param limitMs  for each call of `load`, `predict`, `predictBatch` and `unload` */
export function limitPlugin(plugin: AnyPlugin, limitMs: number): AnyPlugin {
  const { predictBatch, unload } = plugin
  return {
    ...plugin,
    load: context => within('load', plugin.load(context), limitMs),
    predict: (...given) => within('predict', plugin.predict(...given), limitMs),
    ...(predictBatch && {
      predictBatch: (...given) => within('predictBatch', predictBatch.apply(plugin, given), limitMs),
    }),
    ...(unload && { unload: model => within('unload', unload.call(plugin, model), limitMs) }),
  }
}

/** What is no promise is given back as it is. */
function within<T>(name: string, result: T | Promise<T>, limitMs: number): T | Promise<T> {
  return result instanceof Promise ? settle(name, result, limitMs) : result
}

async function settle<T>(name: string, result: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const message = `no end within ${limitMs} ms: the promise that ${name} returned is not settled, or it takes longer (option timeoutMs)`
    timer = setTimeout(() => reject(new Error(message)), limitMs)
  })
  try {
    return await Promise.race([result, late])
  } finally {
    clearTimeout(timer)
  }
}
