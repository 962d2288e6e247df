import { describeError, isHostError, type TensorFile, type TrainContext } from 'modelhost'

/**
 * What an earlier run of a training left; undefined where there is nothing, or nothing that fits. Then the training
 * starts anew, and the log says so.
 *
 * @param read  throws a HostError, as `TensorFile` does, where the state is not of such a training
 */
export function readFound<T>(
  { checkpoints, log }: Pick<TrainContext<unknown>, 'checkpoints' | 'log'>,
  read: (state: TensorFile) => T,
): T | undefined {
  if (!checkpoints.found) return undefined
  try {
    return read(checkpoints.found)
  } catch (error) {
    if (!isHostError(error)) throw error
    log.warn({ problem: describeError(error) }, 'the checkpoint does not fit this training, which starts anew')
    return undefined
  }
}
