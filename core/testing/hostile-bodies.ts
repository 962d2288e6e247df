/** Bodies that no caller should send, made from a request schema and an instance of it. */
import type { Codec } from '../codec.js'
import type { AnyPlugin } from '../plugin.js'
import { fieldsOf, membersOf, type SchemaFields } from '../words.js'

export interface HostileBody {
  /** What is wrong with it, for people. */
  readonly title: string
  readonly type: string
  readonly body: string | Uint8Array<ArrayBuffer>
}

const json = 'application/json'
const hugeText = 'x'.repeat(1 << 16)
const deepList = `${'['.repeat(5000)}${']'.repeat(5000)}`

const texts: readonly (readonly [string, string | Uint8Array<ArrayBuffer>])[] = [
  ['an empty body', ''],
  ['a brace alone', '{'],
  ['null', 'null'],
  ['an empty list', '[]'],
  ['an empty object', '{}'],
  ['a quote alone', '"'],
  ['a number', '-1e308'],
  ['NaN', 'NaN'],
  ['"instances" that is no list', '{"instances": 7}'],
  ['no instances', '{"instances": []}'],
  ['instances of every wrong kind', '{"instances": [null, true, 0, "", [], {}, [[]]]}'],
  ['lists that are never closed', '['.repeat(10_000)],
  ['deep nesting', deepList],
  ['a zero byte', '\u0000'],
  ['__proto__ alone', '{"__proto__": 1}'],
  ['a huge text', hugeText],
  ['lone surrogates', '"\\ud800 \\udc00"'],
  ['rows of many columns', `${'a,'.repeat(1000)}\n`],
  ['bytes that are no UTF-8', Uint8Array.of(0xff, 0xfe, 0xc0, 0x80)],
]

/** Of a property, in the place of what belongs there. JSON, so that what JavaScript has no word for can stand there too. */
const values: readonly (readonly [string, string])[] = [
  ['null', 'null'],
  ['a boolean', 'true'],
  ['a negative number', '-1'],
  ['a fraction', '0.5'],
  ['a number beyond every other', '1e309'],
  ['the largest integer', '9007199254740993'],
  ['an empty text', '""'],
  ['white space', '" \\t\\n\\u2028"'],
  ['another text', '"x"'],
  ['lone surrogates', '"\\ud800 \\udc00"'],
  ['zero characters', '"\\u0000\\u0000"'],
  ['a huge text', JSON.stringify(hugeText)],
  ['an empty list', '[]'],
  ['a list of every kind', '[null, true, 0, "", [], {}]'],
  ['a list of empty lists', '[[], [[]]]'],
  ['an empty object', '{}'],
  ['__proto__', '{"__proto__": {"x": 1}}'],
  ['deep nesting', deepList],
]

/**
 * @param instances  valid ones, each the start of bodies with one thing wrong
 * @returns each body once
 */
export function hostileBodies(plugin: AnyPlugin, codec: Codec, instances: readonly unknown[]): HostileBody[] {
  const own = Object.keys(plugin.decode ?? {})
  const types = new Set(['text/plain', 'text/csv', json, 'application/jsonlines', 'image/png', 'nonsense', ...own])
  const bodies = [...types].flatMap(type => texts.map(([title, body]) => ({ title, type, body })))
  for (const [title, body] of values) bodies.push({ title, type: json, body })
  const objects = startsOf(plugin, codec, instances)
  const changed = new Set<string>()
  for (const object of objects) {
    for (const [title, body] of changesOf(object, changed)) bodies.push({ title, type: json, body })
  }
  const seen = new Set<string>()
  return bodies.filter(({ type, body }) => {
    const key = `${type}\n${body}`
    return !seen.has(key) && Boolean(seen.add(key))
  })
}

/** For each form of a request the first instance that is of it, so that many examples do not make many bodies. */
function startsOf(plugin: AnyPlugin, codec: Codec, instances: readonly unknown[]) {
  const objects = instances.filter(isObject).filter(instance => codec.check(instance) === undefined)
  const seen = new Set<string>()
  return objects
    .map(object => ({ object, properties: propertiesOf(fieldsOf(plugin.request), object) }))
    .filter(({ object }) => {
      const key = Object.keys(object).sort().join('\n')
      return !seen.has(key) && Boolean(seen.add(key))
    })
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Those that the schema names, and those that the instance has. */
function propertiesOf(schema: SchemaFields, instance: object): string[] {
  const known = membersOf(schema).flatMap(member => Object.keys(member.properties ?? {}))
  return [...new Set([...Object.keys(instance), ...known])]
}

/** @param changed  properties that other objects had changed already, as their own or as one too many */
function* changesOf(
  { object, properties }: ReturnType<typeof startsOf>[number],
  changed: Set<string>,
): Generator<readonly [string, string]> {
  for (const name of properties) {
    const key = `${Object.hasOwn(object, name)} ${name}`
    if (changed.has(key)) continue
    changed.add(key)
    for (const [title, value] of values) yield [`${name}: ${title}`, write({ ...entriesOf(object), [name]: value })]
    if (!Object.hasOwn(object, name)) continue
    const { [name]: _, ...others } = entriesOf(object)
    yield [`${name} is missing`, write(others)]
    const given = object[name]
    if (Array.isArray(given) && given.length > 0) yield* changesWithin(object, name, given)
  }
  yield ['a property that nobody knows', write({ ...entriesOf(object), 'no such property': '1' })]
  yield ['a property __proto__', `${write(entriesOf(object)).slice(0, -1)}, "__proto__": {"x": 1}}`]
  yield ['a property constructor', write({ ...entriesOf(object), constructor: '{"prototype": null}' })]
}

/** In the place of a list's first entry. */
function* changesWithin(
  object: Readonly<Record<string, unknown>>,
  name: string,
  given: readonly unknown[],
): Generator<readonly [string, string]> {
  const others = given.slice(1, 3).map(entry => JSON.stringify(entry))
  for (const [title, value] of values) {
    yield [`${name}[0]: ${title}`, write({ ...entriesOf(object), [name]: `[${[value, ...others].join(', ')}]` })]
  }
}

const entriesOf = (object: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, JSON.stringify(value)]))

const write = (entries: Readonly<Record<string, string>>) =>
  `{${Object.entries(entries)
    .map(([name, value]) => `${JSON.stringify(name)}: ${value}`)
    .join(', ')}}`
