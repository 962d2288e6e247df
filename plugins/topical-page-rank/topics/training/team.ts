import { withTeam as withThreads } from '../../../_model/team.js'
import type { Training } from './memory.js'
import type { Phase, PhaseSettings } from './phases.js'
import { refuse } from './tools.js'
import { Work, type WorkOrder } from './work.js'

/** The threads of a training. */
export interface Team {
  /**
   * Ends when every thread is done with the phase.
   *
   * @param isOver  is asked after each chunk: are no more to begin?
   * @returns how many chunks are done, the first ones, where it was over; undefined where all are
   * @throws HostError TRAIN_FAILED when a thread failed
   */
  run(phase: Phase, isOver?: () => boolean): Promise<number | undefined>
}

/** A chunk that no phase has. */
const beyond = 2 ** 30

/**
 * Runs `work` with a team of `threads` threads, this one among them, and ends the others after it.
 *
 * @param onProgress  is told how many documents the threads fitted in all, now and then
 */
export function withTeam<T>(
  training: Training,
  settings: PhaseSettings,
  threads: number,
  onProgress: (documents: number) => void,
  work: (team: Team) => Promise<T>,
): Promise<T> {
  const orderOf = (thread: number): WorkOrder => ({ ...training, settings, thread })
  const own = new Work(orderOf(0))
  const control = new Int32Array(training.memory.buffer, training.layout.control, 2)
  return withThreads<Phase, void, T>(
    {
      script: new URL('./thread.js', import.meta.url),
      orders: Array.from({ length: threads - 1 }, (_, i) => orderOf(i + 1)),
      own: phase => own.run(phase),
      onTick: () => onProgress(Atomics.load(control, 1)),
      refuse,
    },
    run => {
      return work({
        async run(phase, isOver) {
          let done: number | undefined
          Atomics.store(control, 0, 0)
          await run(phase, () => {
            if (done === undefined && isOver?.()) done = Atomics.exchange(control, 0, beyond)
          })
          return done
        },
      })
    },
  )
}
