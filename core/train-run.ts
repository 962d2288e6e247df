/** The thread of one training, from its start to a model: the one that it wrote, or that of its newest checkpoint. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Refuse, runJob } from './job.js'
import type { Log, Progress, TrainEnd } from './plugin.js'
import { copyModel } from './train-checkpoints.js'
import type { Deadline } from './train-deadline.js'
import { explainEnd } from './train-end.js'
import type { TrainNote, TrainOrder } from './train-worker.js'

export interface Learned {
  /** Where the model's files are. */
  readonly folder: string
  /** Why the training ended early, as a sentence; undefined where it did not. */
  readonly reason: string | undefined
  /** Paths of this training's checkpoints, the newest last; some are gone already. */
  readonly checkpoints: readonly string[]
}

interface Run {
  readonly order: TrainOrder
  readonly deadline: Deadline
  readonly maxSeconds: number | undefined
  readonly graceSeconds: number
  readonly log: Log
  readonly progress?: ((progress: Progress) => void) | undefined
  readonly refuse: Refuse
}

/** @throws HostError what the training raised; TRAIN_FAILED where it had to be ended and has no checkpoint */
export async function runTraining(run: Run): Promise<Learned> {
  const { order, deadline, log, progress, refuse } = run
  const checkpoints: string[] = []
  try {
    const end = await runJob<TrainEnd | undefined>({
      script: new URL('./train-worker.js', import.meta.url),
      order,
      log,
      progress,
      onNote: note => checkpoints.push((note as TrainNote).checkpoint),
      signal: deadline.signal,
      refuse,
      words: {
        stopped: `it was stopped. Nothing was written${order.checkpoints ? ' but checkpoints: run it again to go on' : ''}.`,
        goal: 'the model was written',
      },
    })
    return { folder: order.folder, reason: explainEnd(end, deadline.reason, run.maxSeconds), checkpoints }
  } catch (error) {
    if (!deadline.isOverdue) throw error
    return takeCheckpoint(run, checkpoints)
  }
}

async function takeCheckpoint(run: Run, checkpoints: readonly string[]): Promise<Learned> {
  const { order, deadline, maxSeconds, graceSeconds, log, refuse } = run
  const cause = deadline.reason === 'stop' ? 'it was told to stop' : `its time of ${maxSeconds} s was over`
  const late = `it did not end within ${graceSeconds} s after ${cause}`
  const newest = checkpoints.at(-1)
  if (newest === undefined) {
    throw refuse(
      `${late}, and was ended; it has saved no checkpoint whose model could be taken. Give it more time, or less to learn.`,
    )
  }
  // Beside what the thread had begun to write.
  const folder = join(order.folder, '.checkpoint')
  await mkdir(folder)
  const problem = await copyModel(newest, folder, order.pluginName)
  if (problem !== undefined)
    throw refuse(`${late}, and was ended; its checkpoint ${newest} ${problem}. Train it again.`)
  log.warn({ checkpoint: newest }, `${late}; the model is that of its newest checkpoint`)
  const reason = `${late[0]!.toUpperCase()}${late.slice(1)}, and was ended. The model is that of its newest checkpoint.`
  return { folder, reason, checkpoints }
}
