import { describeError } from '../../core/errors.js'
import { Semaphore } from '../../core/semaphore.js'
import { CommandError } from '../command.js'

export interface ForEachOptions {
  readonly atOnce: number
  /** What a failure means for the whole, as a sentence. */
  readonly meaning: string
  readonly signal: AbortSignal
}

/**
 * Works on all models, a few at a time. Where one fails the others go on, so that all that is wrong is told at once.
 *
 * @returns in the order of the models
 * @throws CommandError with what is wrong with each; the reason of `signal`
 */
export async function forEachModel<T extends { readonly name: string }, R>(
  models: readonly T[],
  { atOnce, meaning, signal }: ForEachOptions,
  work: (model: T, index: number) => Promise<R>,
): Promise<R[]> {
  const places = new Semaphore(atOnce)
  const problems: string[] = []
  const results = await Promise.all(
    models.map((model, i) =>
      places.run(async () => {
        try {
          signal.throwIfAborted()
          return [await work(model, i)]
        } catch (error) {
          problems.push(`  ${model.name}: ${error instanceof CommandError ? error.message : describeError(error)}`)
          return []
        }
      }),
    ),
  )
  signal.throwIfAborted()
  if (problems.length === 0) return results.flat()
  const many = `${problems.length} of ${models.length} models cannot be released`
  throw new CommandError([`${many}. ${meaning}`, ...problems].join('\n'))
}
