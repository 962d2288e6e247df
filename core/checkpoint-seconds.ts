import { fail } from './errors.js'
import { describeValue } from './words.js'

/**
 * Seconds from one checkpoint to the next, as a flag or variable says them; 0 is as often as there is a chance.
 *
 * @param source  where it was said, for errors
 * @throws HostError CONFIG_INVALID
 */
export function readCheckpointSeconds(text: string, source: string): number {
  const seconds = Number(text)
  if (text.trim() !== '' && Number.isFinite(seconds) && seconds >= 0) return seconds
  throw fail('CONFIG_INVALID', {
    setting: source,
    problem: `must be a number of seconds, at least 0, but is ${describeValue(text)}.`,
  })
}

/** From one checkpoint to the next. */
export const defaultCheckpointSeconds = 60

export const checkpointVariable = 'MODELHOST_CHECKPOINT_EVERY_SECONDS'
