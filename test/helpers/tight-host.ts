import { startHost } from 'modelhost/testing'
import { folder } from './artifacts.js'
import { linesLog } from './lines-log.js'
import { addWeights, storePlugins as plugins } from './store.js'

/** Of an error. */
export const code = async (response: Response) => ((await response.json()) as { error: { code: string } }).error.code

/** A store of six models of 1 MB, and a host that has room for three. */
export async function startTight(t: Parameters<typeof startHost>[0] & Parameters<typeof folder>[0], flags = {}) {
  const store = await folder(t)
  await addWeights(store, ['a', 'b', 'c', 'd', 'e', 'f'], 1_000_000)
  const { log, lines } = linesLog()
  const host = await startHost(t, { plugins, store, memoryBudget: '3500KB', ...flags }, log)
  const ask = (name: string) => host.invoke(name, { from: 0, count: 1 })
  return { host, ask, lines, store }
}
