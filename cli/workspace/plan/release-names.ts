import { UsageError } from '../../command.js'

/*
 * The names that a release has at AWS. They are short, for many other names are made of them: that of an endpoint, of its
 * alarms, of roles.
 */

const name = /^[a-z0-9](-?[a-z0-9])*$/
const maxProjectLength = 16
const maxStageLength = 20
const maxIdLength = 24

/** @returns what is wrong with the name of a stage, to stand behind it */
export function stageProblem(stage: string): string | undefined {
  const isName = name.test(stage) && stage.length <= maxStageLength
  return isName ? undefined : `is no name of a stage: ${rule(maxStageLength)}`
}

const rule = (max: number, letters = 'small letters') =>
  `at most ${max} ${letters} and digits, with single hyphens in between`

/** @throws UsageError */
export function checkRelease(stage: string, id: string): void {
  const problem = stageProblem(stage)
  if (problem) throw new UsageError(`--stage "${stage}" ${problem}.`)
  const isId = name.test(id.toLowerCase()) && id.length <= maxIdLength
  if (!isId) throw new UsageError(`--id "${id}" is no id: ${rule(maxIdLength, 'letters')}.`)
}

/**
 * The name of a project, as names at AWS are written.
 *
 * @param given   what `--project` says
 * @param found   the name in package.json, else that of the folder
 * @throws UsageError
 */
export function projectName(given: string | undefined, found: string): string {
  if (given !== undefined) {
    if (name.test(given) && given.length <= maxProjectLength) return given
    throw new UsageError(`--project "${given}" is no name of a project: ${rule(maxProjectLength)}.`)
  }
  const project = found
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
  if (project !== '' && project.length <= maxProjectLength) return project
  throw new UsageError(
    `The workspace is called "${found}", and names at AWS are to begin with that: ${rule(maxProjectLength)}. Give a shorter one with --project NAME, or as "name" in its package.json.`,
  )
}
