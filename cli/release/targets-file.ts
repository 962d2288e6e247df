import { readFile } from 'node:fs/promises'
import { Type } from 'typebox'
import { findProblem } from '../../core/check.js'
import { targetProblem } from '../../core/store/target.js'
import { describeJsonError } from '../../core/words.js'
import { UsageError } from '../command.js'

/** Name of a model -> the target that is its current one. */
export type Targets = Readonly<Record<string, string>>

const targetsSchema = Type.Record(Type.String(), Type.String())

/**
 * Reads the targets of the releases before; there are none where there is no file.
 *
 * @throws UsageError
 */
export async function readTargets(file: string): Promise<Targets> {
  const refuse = (problem: string) =>
    new UsageError(`${file} ${problem} It holds the value of the targets' parameter: {"DocSim": "DocSim/ID.tar.gz"}.`)
  const content = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}'
    throw refuse(`cannot be read (${error.code}).`)
  })
  let targets: unknown
  try {
    targets = JSON.parse(content)
  } catch (error) {
    throw refuse(`is not valid JSON: ${describeJsonError(error)}.`)
  }
  const problem = findProblem(targetsSchema, targets, 'The whole')
  if (problem) throw refuse(`holds no targets: ${problem}`)
  for (const [name, target] of Object.entries(targets as Targets)) {
    const wrong = targetProblem(target)
    if (wrong) throw refuse(`holds no targets: that of ${name}, "${target}", ${wrong}.`)
  }
  return targets as Targets
}

/** Models that are not released now keep theirs. @returns in the order of their names */
export function mergeTargets(former: Targets, models: readonly { readonly name: string; readonly target: string }[]) {
  const merged = new Map([...Object.entries(former), ...models.map(({ name, target }) => [name, target] as const)])
  // A parameter that is the same is the same text.
  return Object.fromEntries([...merged].sort(([a], [b]) => (a < b ? -1 : 1))) satisfies Targets
}
