import { readFile } from 'node:fs/promises'
import { type CollectionTag, parse, type ScalarTag, YAMLMap, YAMLSeq } from 'yaml'

export type Section = Readonly<Record<string, Record<string, unknown>>>

export interface Template {
  readonly Parameters: Section
  readonly Conditions: Section
  readonly Resources: Readonly<
    Record<string, { Type: string; Properties: Record<string, unknown>; DependsOn?: string[] }>
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
