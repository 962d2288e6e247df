import type { Rendered } from './render-template.js'

/** What IAM decides of the policies of a role, as far as our templates go. */

export interface Statement {
  readonly Sid?: string
  readonly Effect: 'Allow' | 'Deny'
  readonly Action: string | readonly string[]
  readonly Resource: string | readonly string[]
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** A call that somebody makes: the action, on what, and what IAM knows besides. */
export interface Call {
  readonly action: string
  readonly resource?: string
  readonly context?: Readonly<Record<string, string>>
}

/** The statements of a role of a template: its own, and those of managed policies in that template. */
export function statementsOf({ resources, arnOf }: Rendered, role: string): Statement[] {
  const { Policies = [], ManagedPolicyArns = [] } = resources[role]!.Properties
  const managed = Object.entries(resources).filter(
    ([name, { Type }]) => Type === 'AWS::IAM::ManagedPolicy' && ManagedPolicyArns.includes(arnOf(name)),
  )
  const documents = [
    ...(Policies as { PolicyDocument: { Statement: Statement[] } }[]).map(({ PolicyDocument }) => PolicyDocument),
    ...managed.map(([, { Properties }]) => Properties['PolicyDocument'] as { Statement: Statement[] }),
  ]
  return documents.flatMap(({ Statement }) => Statement)
}

/** Is it allowed by one statement, and denied by none? */
export function isAllowed(statements: readonly Statement[], call: Call): boolean {
  const effects = statements.filter(statement => covers(statement, call)).map(({ Effect }) => Effect)
  return effects.includes('Allow') && !effects.includes('Deny')
}

/** @returns the calls that are not allowed, in words */
export const findDenied = (statements: readonly Statement[], calls: readonly Call[]): string[] =>
  calls.filter(call => !isAllowed(statements, call)).map(({ action, resource = '*' }) => `${action} on ${resource}`)

/** @returns the actions that a role has, and that none of the calls needs */
export function findUnneeded(statements: readonly Statement[], calls: readonly Call[]): string[] {
  const actions = statements.filter(({ Effect }) => Effect === 'Allow').flatMap(({ Action }) => Action)
  return actions.filter(action => !calls.some(call => matches(action, call.action)))
}

/** @returns `action on resource` for what has a star in the action, or nothing but one as its resource */
export function findStars(statements: readonly Statement[]): string[] {
  const allowed = statements.filter(({ Effect }) => Effect === 'Allow')
  return allowed.flatMap(({ Action, Resource }) => {
    const isAnything = [Resource].flat().includes('*')
    return [Action].flat().filter(action => isAnything || action.includes('*'))
  })
}

function covers({ Action, Resource, Condition = {} }: Statement, { action, resource, context = {} }: Call): boolean {
  const isAction = [Action].flat().some(pattern => matches(pattern, action))
  // A call that takes no resource is covered by a star alone.
  const isResource = [Resource].flat().some(pattern => (resource ? matches(pattern, resource) : pattern === '*'))
  return isAction && isResource && Object.entries(Condition).every(([operator, keys]) => holds(operator, keys, context))
}

function holds(
  operator: string,
  keys: Readonly<Record<string, unknown>>,
  context: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(keys).every(([key, wanted]) => {
    const found = context[key]
    if (found === undefined) return operator.endsWith('IfExists')
    const values = [wanted].flat().map(String)
    if (operator.startsWith('StringLike')) return values.some(value => matches(value, found))
    if (operator.startsWith('StringEquals') || operator.startsWith('Bool')) return values.includes(found)
    throw new Error(`${operator} is not known`)
  })
}

/** `*` is any characters, `?` is one. */
function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 's').test(text)
}
