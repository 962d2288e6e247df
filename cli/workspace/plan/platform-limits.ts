import { formatBytes } from '../../../core/quantities.js'
import type { Plan } from './plan-type.js'

/** @see AWS Step Functions, Service quotas: input or output of a task, state, or execution */
const maxInputBytes = 256 << 10
/** @see AWS Systems Manager, Parameter Store: value of an advanced parameter */
const maxParameterBytes = 8 << 10

/** What the services of a pipeline would refuse, though each request in the plan is sound: as sentences, for people. */
export function findWarnings(plan: Plan, content: string): string[] {
  const warnings: string[] = []
  const bytes = Buffer.byteLength(content)
  if (bytes > maxInputBytes)
    warnings.push(
      `plan.json has ${formatBytes(bytes)}, more than the ${formatBytes(maxInputBytes)} that a state machine takes. Train fewer models at a time (--only NAME, or mark fewer): those that are not trained stay as they are.`,
    )
  const targets = Object.fromEntries(plan.models.map(({ name, target }) => [name, target]))
  const parameterBytes = Buffer.byteLength(JSON.stringify(targets))
  if (parameterBytes > maxParameterBytes)
    warnings.push(
      `The targets of its models have ${formatBytes(parameterBytes)}, more than the ${formatBytes(maxParameterBytes)} of the parameter ${plan.targetsParameter}. Clients of so many models should know their targets by the id of the release.`,
    )
  const silent = plan.models.filter(({ examples }) => examples.length === 0).map(({ name }) => name)
  if (silent.length > 0)
    warnings.push(
      `Nothing can be asked of ${silent.slice(0, 10).join(', ')}${silent.length > 10 ? ` and ${silent.length - 10} more` : ''} after the training: write "examples" into the params.`,
    )
  return warnings
}
