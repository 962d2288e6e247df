import type { Section } from './cloudformation.js'

/**
 * What CloudFormation would say of values for a template's parameters.
 *
 * @param given  each as the text that it sends
 * @returns in words, one a problem
 */
export function findParameterProblems(parameters: Section, given: Readonly<Record<string, unknown>>): string[] {
  const unknown = Object.keys(given).filter(name => !(name in parameters))
  const missing = Object.entries(parameters).filter(([name, { Default }]) => Default === undefined && !(name in given))
  return [
    ...unknown.map(name => `${name} is no parameter`),
    ...missing.map(([name]) => `${name} is missing`),
    ...Object.entries(given).flatMap(([name, value]) => {
      const problem = name in parameters && valueProblem(parameters[name]!, value)
      return problem ? [`${name} ${problem}`] : []
    }),
  ]
}

function valueProblem(parameter: Record<string, unknown>, value: unknown): string | undefined {
  if (typeof value !== 'string') return 'is no text'
  const { Type, AllowedPattern, AllowedValues } = parameter
  const limit = (name: string, otherwise: number) => Number(parameter[name] ?? otherwise)
  if (Type === 'Number') {
    const number = value === '' ? Number.NaN : Number(value)
    if (Number.isNaN(number)) return 'is no number'
    if (number < limit('MinValue', -Infinity) || number > limit('MaxValue', Infinity)) return 'is out of range'
  }
  if (value.length < limit('MinLength', 0) || value.length > limit('MaxLength', Infinity)) return 'has a wrong length'
  if (AllowedValues && !(AllowedValues as unknown[]).map(String).includes(value)) return 'is none of its values'
  const values = Type === 'CommaDelimitedList' ? value.split(',') : [value]
  const pattern = AllowedPattern === undefined ? undefined : new RegExp(`^(?:${AllowedPattern})$`)
  if (pattern && !values.every(each => pattern.test(each))) return 'does not match its pattern'
  return undefined
}
