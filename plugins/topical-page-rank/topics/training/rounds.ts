import type { Log } from 'modelhost'
import { Rounds } from '../../../_model/rounds.js'
import type { Fitness } from './fitness.js'
import { Learner, type LearnerTools, type Standing } from './learner.js'

/** How much time there is. */
export interface Limit {
  readonly secondsLeft?: () => number
  /** Seconds that it takes to write the model. */
  readonly writeSeconds?: number
}

export interface RoundsTools extends Omit<LearnerTools, 'isOver'>, Limit {
  readonly log: Log
  /** Is told how many passes are done, and the perplexity when it was computed. */
  readonly onRound?: (rounds: number, fitness: Fitness | undefined) => void
  /** Is asked after each step: is it to be saved? */
  readonly isDue?: () => boolean
  readonly save?: (standing: Standing, fitness: Fitness | undefined) => Promise<void>
}

export interface Learned {
  /** Passes, without the one in which the perplexity stayed; the last may be one in part. */
  readonly rounds: number
  /** Was the time over before there were `max_iter`, or the perplexity stayed? */
  readonly isCutShort: boolean
}

/** Learns in passes over all documents, until there were `max_iter`, the perplexity stays, or the time is over. */
export async function learnTopics(tools: RoundsTools): Promise<Learned> {
  const { onRound, found, settings } = tools
  const learner = new Learner({ ...tools, isOver: isOverAfter(tools) })
  await learner.begin()
  const wanted = settings.max_iter * learner.steps
  const rounds = planRounds(learner, wanted, tools)
  const saveIfDue = async () => {
    if (!tools.isDue?.()) return
    await tools.save?.(learner.standing, learner.fitness)
    rounds.skip()
  }
  let isSteady = found !== undefined && (await learner.isSteady())
  while (rounds.goesOn && !isSteady) {
    if (!(await learner.learnStep())) {
      if (learner.step > 0) await saveIfDue()
      break
    }
    isSteady = await learner.isSteady()
    if (learner.step % learner.steps === 0 && !isSteady) onRound?.(learner.passes, learner.fitness)
    rounds.end()
    if (learner.step < wanted && !isSteady) await saveIfDue()
  }
  if (isSteady) return { rounds: learner.passes - 1, isCutShort: false }
  return { rounds: learner.passes, isCutShort: learner.step < wanted }
}

/** The bound at the end takes as long as some passes: documents are fitted from no start, and logarithms are many. */
const boundPasses = 5
/** Of the time, at most: topics matter more than a figure of how good they are. */
const boundShare = 0.2

/** What is planned is steps. */
function planRounds(
  { step, steps }: Learner,
  wanted: number,
  { log, secondsLeft, writeSeconds = 0 }: RoundsTools,
): Rounds {
  const mostForBound = boundShare * (secondsLeft?.() ?? 0)
  const reserve = (): number => writeSeconds + Math.min(boundPasses * steps * rounds.roundSeconds, mostForBound)
  const unit = steps === 1 ? 'passes' : 'batches'
  const rounds = new Rounds({ wanted, unit, done: step, secondsLeft, reserve, log })
  return rounds
}

/** Is there time for no more than to write the model? */
export const isOverAfter = ({ secondsLeft, writeSeconds = 0 }: Limit): (() => boolean) | undefined =>
  secondsLeft && (() => secondsLeft() <= writeSeconds)
