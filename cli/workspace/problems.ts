import { CommandError } from '../command.js'

/** One message of all that is wrong: one sentence as it is, several below each other. */
export function listProblems(what: string, problems: readonly string[]): CommandError {
  if (problems.length === 1) return new CommandError(problems[0]!)
  const shown = problems.slice(0, 10).map(problem => `\n  ${problem}`)
  const rest = problems.length > 10 ? `\n  and ${problems.length - 10} more` : ''
  return new CommandError(`${problems.length} things are wrong with ${what}:${shown.join('')}${rest}`)
}
