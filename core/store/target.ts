import { fail } from '../errors.js'
import { cut } from '../words.js'

/** As the SageMaker Runtime service has it. */
const maxTargetLength = 1024

/**
 * Checks the name of a model in a store: a path below it, with one spelling only.
 *
 * @returns the target, as it was given
 * @throws HostError TARGET_INVALID
 * @see SageMaker API, InvokeEndpoint, TargetModel
 */
export function checkTarget(target: string): string {
  const problem = targetProblem(target)
  if (problem) throw fail('TARGET_INVALID', { target: cut(target, 200), problem })
  return target
}

/** Would `checkTarget` let it pass? */
export const isTarget = (target: string): boolean => targetProblem(target) === undefined

/** What is wrong with it, to stand behind its name. */
export function targetProblem(target: string): string | undefined {
  if (target === '') return 'is empty'
  if (target.length > maxTargetLength) return `has more than ${maxTargetLength} characters`
  if (!target.isWellFormed() || /\p{Cc}|\uFFFD/u.test(target)) return 'has a control character, or is not valid Unicode'
  if (target.startsWith('/')) return 'is an absolute path'
  if (target.includes('\\')) return 'has a backslash'
  if (target.includes('%')) return 'has a percent sign, as if it were encoded'
  if (target.endsWith('/')) return 'ends with a slash'
  for (const part of target.split('/')) {
    if (part === '') return 'has two slashes in a row'
    if (part === '.' || part === '..') return `has "${part}" in it`
    if (part !== part.trim()) return 'has a blank at the begin or end of a name'
    if (part.startsWith('.')) return 'has a name that begins with a dot'
  }
  if (target.normalize('NFC') !== target) return 'is not in the composed form of Unicode (NFC)'
  return undefined
}
