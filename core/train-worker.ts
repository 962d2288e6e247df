import { join } from 'node:path'
import { workerData } from 'node:worker_threads'
import { fail } from './errors.js'
import { doJob, sayProgress } from './job-worker.js'
import { createLaneLog } from './lane-log.js'
import type { AnyPlugin, TrainContext } from './plugin.js'
import { writeTensorFile } from './tensor-file.js'
import { secondsLeft, type TrainLimitMemory } from './train-limit.js'
import { watchReads } from './watch-reads.js'

/** The thread of one training job: runs the plugin's `train`. */

export interface TrainOrder {
  /** URL of the module whose default export is the plugin. */
  readonly module: string
  readonly pluginName: string
  /** Where the artifact's files are written first. */
  readonly folder: string
  readonly channels: TrainContext<unknown>['channels']
  readonly params: unknown
  readonly threads: number
  readonly limit: TrainLimitMemory
}

const order = workerData as TrainOrder

async function write(name: string, content: Parameters<typeof writeTensorFile>[1]): Promise<void> {
  if (!/^\w[\w.-]*$/.test(name) || name === 'params.json') {
    const problem = `its train function wrote a file named "${name}". Use letters, digits, "_", "-" and "."; not params.json.`
    throw fail('TRAIN_FAILED', { plugin: order.pluginName, problem })
  }
  await writeTensorFile(join(order.folder, `${order.pluginName}-${name}`), content)
}

await doJob(async () => {
  const plugin = ((await import(order.module)) as { default: AnyPlugin }).default
  const channels = watchReads(order.channels)
  const log = createLaneLog({})
  await plugin.train!({
    channels: channels.object,
    params: order.params,
    artifact: { write },
    log,
    progress: sayProgress,
    threads: order.threads,
    secondsLeft: () => secondsLeft(order.limit),
    checkpoints: { found: undefined, isDue: () => false, save: async () => {} },
  })
  const unread = channels.unread()
  // Such as one whose name is misspelt.
  if (unread.length > 0) log.warn({ channels: unread }, 'channels that the plugin did not read')
})
