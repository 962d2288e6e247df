import { readFile } from 'node:fs/promises'
import { type CollectionTag, parse, type ScalarTag, YAMLMap, YAMLSeq } from 'yaml'

export type Section = Readonly<Record<string, Record<string, unknown>>>

export interface Template {
  readonly Parameters: Section
  readonly Conditions: Section
  readonly Resources: Readonly<
    Record<string, { Type: string; Condition?: string; Properties: Record<string, unknown>; DependsOn?: string[] }>
  >
  readonly Outputs: Section
}

const names = ['Ref', 'GetAtt', 'Sub', 'If', 'Equals', 'Not', 'And', 'Or', 'Select', 'Split', 'Join', 'Condition']
const keyOf = (name: string) => (name === 'Ref' || name === 'Condition' ? name : `Fn::${name}`)

/** The short forms of functions, `!Ref name` and the like, become the long ones. */
const tags = names.flatMap((name): (ScalarTag | CollectionTag)[] => [
  { tag: `!${name}`, resolve: text => ({ [keyOf(name)]: name === 'GetAtt' ? text.split('.') : text }) },
  { tag: `!${name}`, collection: 'seq', resolve: node => long(name, node as YAMLSeq) },
])

function long(name: string, node: YAMLSeq): YAMLMap {
  const map = new YAMLMap()
  const list = new YAMLSeq()
  list.items = node.items
  map.set(keyOf(name), list)
  return map
}

export async function readTemplate(url: URL): Promise<Template> {
  return parse(await readFile(url, 'utf8'), { customTags: tags }) as Template
}

/** Everything in a value, deep: what stands below a key, with the keys that led there. */
export function* walk(
  value: unknown,
  path: readonly string[] = [],
): Generator<[key: string, value: unknown, path: string]> {
  if (typeof value !== 'object' || value === null) return
  for (const [key, below] of Object.entries(value)) {
    yield [key, below, path.join('.')]
    yield* walk(below, [...path, key])
  }
}

const pseudo = ['AccountId', 'NoValue', 'Partition', 'Region', 'StackName', 'URLSuffix'].map(name => `AWS::${name}`)

/**
 * What a template refers to, and what it does not use.
 *
 * @returns the problems, in words: references that lead nowhere, parameters and conditions that nothing uses
 */
export function findLooseEnds(template: Template): string[] {
  const { Parameters, Conditions = {}, Resources } = template
  const problems: string[] = []
  const used = new Set<string>()
  const refer = (name: string, known: Readonly<Record<string, unknown>>, path: string) => {
    used.add(name)
    if (!(name in known) && !pseudo.includes(name)) problems.push(`${path} refers to ${name}`)
  }
  for (const [key, value, path] of walk(template)) {
    const isText = typeof value === 'string'
    if (key === 'Ref') refer(value as string, { ...Parameters, ...Resources }, path)
    if (key === 'Condition' && isText) refer(value, Conditions, path)
    if (key === 'DependsOn') for (const name of [value as string[]].flat()) refer(name, Resources, path)
    if (key === 'Fn::GetAtt') refer((value as string[])[0]!, Resources, path)
    if (key === 'Fn::If') refer((value as string[])[0]!, Conditions, path)
    if (key !== 'Fn::Sub') continue
    const [text, local] = isText ? [value, {}] : (value as [string, Record<string, unknown>])
    for (const [, name] of text.matchAll(/\$\{([^}!]+)\}/g))
      refer(name!.split('.')[0]!, { ...Parameters, ...Resources, ...local }, path)
  }
  for (const name of [...Object.keys(Parameters), ...Object.keys(Conditions)])
    if (!used.has(name)) problems.push(`nothing uses ${name}`)
  return problems
}
