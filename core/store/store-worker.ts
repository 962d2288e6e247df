import { parentPort, workerData } from 'node:worker_threads'
import { describeError, fail, isHostError } from '../errors.js'
import type { Log } from '../plugin.js'
import { LocalArtifacts } from './local-artifacts.js'
import type { PageRequest } from './store.js'
import type { FromStoreThread, StoreCall, StoreThreadData } from './store-thread.js'

/** The store's thread: all that reads the store and writes the cache. */
const { settings, lastLease } = workerData as StoreThreadData
const post = (message: FromStoreThread) => parentPort!.postMessage(message)
const line = (level: keyof Log) => (fields: object, message: string) => post({ level, fields, message })
const log: Log = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }

let opening: Promise<LocalArtifacts> | undefined

async function work({ method, args }: StoreCall): Promise<unknown> {
  // What went wrong may go right the next time.
  opening ??= LocalArtifacts.open(settings, log, lastLease).catch(error => {
    opening = undefined
    throw error
  })
  const local = await opening
  switch (method) {
    case 'open':
      return local.url
    case 'fetch':
      return local.fetch(args[0] as string)
    case 'release':
      return local.release(args[0] as number)
    case 'list':
      return local.list(args[0] as PageRequest)
    case 'close':
      return local.close()
  }
}

parentPort!.on('message', async (call: StoreCall) => {
  const { id } = call
  try {
    post({ id, ok: true, value: await work(call) })
  } catch (error) {
    const { code, message } = isHostError(error) ? error : fail('INTERNAL', { problem: describeError(error) }, error)
    if (code === 'INTERNAL') log.error({ stack: (error as Error).stack }, 'store failed')
    post({ id, ok: false, code, message })
  }
})
