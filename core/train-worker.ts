import { workerData } from 'node:worker_threads'
import { artifactWriter } from './artifact-writer.js'
import { doJob, sayNote, sayProgress } from './job-worker.js'
import { createLaneLog } from './lane-log.js'
import type { AnyPlugin, TrainContext } from './plugin.js'
import { type CheckpointOrder, noCheckpoints, openCheckpoints } from './train-checkpoints.js'
import { readTrainEnd } from './train-end.js'
import { isStopped, secondsLeft, type TrainLimitMemory } from './train-limit.js'
import { watchReads } from './watch-reads.js'

/** The thread of one training job: runs the plugin's `train`. */

export interface TrainOrder {
  /** URL of the module whose default export is the plugin. */
  readonly module: string
  readonly pluginName: string
  /** Where the artifact's files are written first. */
  readonly folder: string
  readonly channels: TrainContext<unknown>['channels']
  readonly params: Readonly<Record<string, unknown>>
  readonly threads: number
  readonly limit: TrainLimitMemory
  readonly checkpoints: CheckpointOrder | undefined
}

/** Told before the result. */
export interface TrainNote {
  /** Path of a checkpoint of this training, the newest one. */
  readonly checkpoint: string
}

const order = workerData as TrainOrder
const { pluginName, params, limit } = order
const log = createLaneLog({})

const tell = (checkpoint: string) => sayNote({ checkpoint } satisfies TrainNote)

await doJob(async () => {
  const plugin = ((await import(order.module)) as { default: AnyPlugin }).default
  const channels = watchReads(order.channels)
  const tools = { channels: order.channels, params, isStopped: () => isStopped(limit), log, tell }
  const end = await plugin.train!({
    channels: channels.object,
    params,
    artifact: artifactWriter(order.folder, pluginName),
    log,
    progress: sayProgress,
    threads: order.threads,
    secondsLeft: () => secondsLeft(limit),
    checkpoints: order.checkpoints ? await openCheckpoints(order.checkpoints, tools) : noCheckpoints,
  })
  const unread = channels.unread()
  // Such as one whose name is misspelt.
  if (unread.length > 0) log.warn({ channels: unread }, 'channels that the plugin did not read')
  const read = readTrainEnd(end)
  if (end !== undefined && read === undefined) log.warn({}, 'what train returned is not { done, wanted, unit }')
  return read
})
