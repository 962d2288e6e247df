import { Rounds } from '../../_model/rounds.js'
import { type RunJob, withTeam } from '../../_model/team.js'
import { batchAt, type Schedule } from './batches.js'
import { writeState } from './checkpoint.js'
import type { Training } from './memory.js'
import { Pass, type PassOrder } from './pass.js'
import { Plan } from './plan.js'
import type { SharedProgress } from './shared-progress.js'
import { type LearningTools, refuse } from './tools.js'

/** A training whose vectors are where it begins, or goes on. */
export interface Learning {
  readonly training: Training
  readonly schedule: Schedule
  readonly progress: SharedProgress
  readonly threads: number
  /** Epochs that the params ask for. */
  readonly wanted: number
}

/**
 * Learns to the end of the epochs, or of the time; on the way it saves where it is whenever that is due. At least one
 * batch is learned from, whatever the time, unless an earlier run did.
 *
 * @returns epochs in all, the last perhaps in part
 */
export async function learn(learning: Learning, tools: LearningTools<number>): Promise<number> {
  const { training, schedule, progress, threads, wanted } = learning
  const { secondsLeft, checkpoints } = tools
  let { writeSeconds } = tools
  const done = batchAt(schedule, progress.taken).passed
  const reserve = () => writeSeconds
  const rounds = new Rounds({ wanted, unit: 'epochs', done, inParts: true, secondsLeft, reserve, log: tools.log })
  const plan = new Plan(schedule, rounds, progress)
  const orderOf = (thread: number): PassOrder => ({ ...training, schedule, progress: progress.buffer, thread })
  const own = new Pass(orderOf(0))
  const show = showing(learning, plan, tools)

  const save = async () => {
    await checkpoints.save(writeState(training, progress, threads), async artifact => {
      const startedMs = performance.now()
      await tools.writeModel(artifact, plan.epochs)
      writeSeconds = Math.max(writeSeconds, (performance.now() - startedMs) / 1000)
    })
  }

  await withTeam(
    {
      script: new URL('./thread.js', import.meta.url),
      orders: Array.from({ length: threads - 1 }, (_, i) => orderOf(i + 1)),
      own: () => own.run(),
      onTick: show,
      refuse,
    },
    async (run: RunJob<'learn', void>) => {
      while (rounds.goesOn) {
        let isDue = false
        await run('learn', () => {
          plan.update()
          isDue ||= checkpoints.isDue()
          if (isDue) plan.halt()
        })
        // Others may have learned from batches since.
        plan.update()
        if (isDue && plan.epochs < wanted) await save()
        plan.goOn()
      }
    },
  )
  show()
  return plan.epochs
}

/** Tells how far the training is; the figures are the same at each time. */
function showing({ schedule, progress, wanted }: Learning, plan: Plan, tools: LearningTools<number>): () => void {
  const startedMs = performance.now()
  const before = plan.epochs * schedule.documents
  return () => {
    const { alpha } = plan
    const wordsPerSecond = Math.round((1000 * progress.words) / (performance.now() - startedMs))
    const epoch = Math.min(wanted, Math.floor(plan.epochs) + 1)
    const done = Math.round(before + progress.documents)
    const total = Math.max(done, Math.round(plan.end * schedule.documents))
    tools.progress({ done, total, unit: 'documents', stage: 'training', figures: { epoch, alpha, wordsPerSecond } })
  }
}
