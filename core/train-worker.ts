import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { describeError, type ErrorCode, fail, isHostError } from './errors.js'
import { createLaneLog } from './lane-log.js'
import type { LaneLogLine } from './lane-messages.js'
import type { AnyPlugin, Progress, TrainContext } from './plugin.js'
import { writeTensorFile } from './tensor-file.js'

/** The thread of one training job: runs the plugin's `train` and tells how it goes. */

export interface TrainOrder {
  /** URL of the module whose default export is the plugin. */
  readonly module: string
  readonly pluginName: string
  /** Where the artifact's files are written first. */
  readonly folder: string
  readonly channels: TrainContext<unknown>['channels']
  readonly params: unknown
  readonly threads: number
}

export type TrainMessage =
  | LaneLogLine
  | { readonly progress: Progress }
  | { readonly isDone: true }
  // An Error posted between threads loses its `code`, so it travels as plain data.
  | { readonly failure: { readonly code?: ErrorCode; readonly message: string; readonly stack?: string } }

const order = workerData as TrainOrder
const say = (message: TrainMessage) => parentPort!.postMessage(message)

async function write(name: string, content: Parameters<typeof writeTensorFile>[1]): Promise<void> {
  if (!/^\w[\w.-]*$/.test(name) || name === 'params.json') {
    const problem = `its train function wrote a file named "${name}". Use letters, digits, "_", "-" and "."; not params.json.`
    throw fail('TRAIN_FAILED', { plugin: order.pluginName, problem })
  }
  await writeTensorFile(join(order.folder, `${order.pluginName}-${name}`), content)
}

try {
  const plugin = ((await import(order.module)) as { default: AnyPlugin }).default
  await plugin.train!({
    channels: order.channels,
    params: order.params,
    artifact: { write },
    log: createLaneLog({}),
    progress: progress => say({ progress }),
    threads: order.threads,
  })
  say({ isDone: true })
} catch (error) {
  const stack = error instanceof Error ? error.stack : undefined
  const code = isHostError(error) ? { code: error.code } : {}
  say({ failure: { message: describeError(error), ...code, ...(stack ? { stack } : {}) } })
}
