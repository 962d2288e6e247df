import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { didYouMean } from '../../../core/words.js'
import { CommandError } from '../../command.js'
import type { Stage } from '../stages.js'

/**
 * The parameters that `endpoint.yml` of a workspace takes, as its own file has them: people may have added some.
 *
 * @returns undefined where there is no such file
 */
export async function readTemplateParameters(folder: string): Promise<string[] | undefined> {
  const text = await readFile(join(folder, 'endpoint.yml'), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const [, block = ''] = /^Parameters:[ \t]*\r?\n((?:[ \t#].*\r?\n|\r?\n)*)/m.exec(text) ?? []
  return [...block.matchAll(/^ {2}([A-Za-z0-9]+):/gm)].map(([, name]) => name!)
}

/** Where a stage wishes nothing else; what is not here, either, has its default in the template. */
const defaults = { InstanceType: 'ml.m5.large', MinInstances: '1', MaxInstances: '2' }

/**
 * What `endpoint.yml` is deployed with: what the plan knows, and a stage's own wishes. Text, all of it: CloudFormation
 * takes nothing else.
 *
 * @param known  parameters of the template
 * @throws CommandError for what it does not take, and for a wish that is the plan's to say
 */
export function endpointParameters(
  planned: Readonly<Record<string, string>>,
  { name: stage, endpoint: wished }: Pick<Stage, 'name' | 'endpoint'>,
  known: readonly string[] | undefined,
): Record<string, string> {
  const refuse = (name: string, problem: string) =>
    new CommandError(`stages.json: ${stage}.endpoint.${name} ${problem}`)
  for (const name of Object.keys(wished)) {
    if (Object.hasOwn(planned, name)) throw refuse(name, 'is said by the plan itself. Leave it out.')
    if (known && !known.includes(name)) throw refuse(name, `is no parameter of endpoint.yml.${didYouMean(name, known)}`)
  }
  const parameters: Record<string, string> = { ...planned, ...defaults }
  for (const [name, value] of Object.entries(wished)) parameters[name] = String(value)
  const least = countOf('MinInstances', parameters, refuse)
  if (!Object.hasOwn(wished, 'MaxInstances'))
    parameters['MaxInstances'] = String(Math.max(least, Number(defaults.MaxInstances)))
  const most = countOf('MaxInstances', parameters, refuse)
  if (most < least) throw refuse('MaxInstances', `is ${most}, less than its MinInstances, ${least}.`)
  const unknown = known && Object.keys(parameters).filter(name => !known.includes(name))
  if (unknown && unknown.length > 0)
    throw new CommandError(
      `endpoint.yml does not take ${unknown.join(', ')}, with which a plan deploys it. Take the file of this version of modelhost ("modelhost init" writes one), or add ${unknown.length > 1 ? 'them' : 'it'} to its Parameters.`,
    )
  return parameters
}

function countOf(
  name: 'MinInstances' | 'MaxInstances',
  parameters: Readonly<Record<string, string>>,
  refuse: (name: string, problem: string) => CommandError,
): number {
  const text = parameters[name]!
  if (!/^[1-9]\d{0,5}$/.test(text)) throw refuse(name, `is "${text}". Write a whole number, 1 at least.`)
  return Number(text)
}
