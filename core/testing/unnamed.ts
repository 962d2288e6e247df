/** What an answer has and its schema has no word for: callers and the reference know nothing of it. */
import { fieldsOf, membersOf, type SchemaFields } from '../words.js'

/** @returns paths of properties that no form of the schema names, each once: `answer.why`, `answer[].score` */
export function findUnnamed(response: Parameters<typeof fieldsOf>[0], answer: unknown): string[] {
  return [...new Set(walk(membersOf(fieldsOf(response)), answer, 'answer'))]
}

function* walk(forms: readonly SchemaFields[], value: unknown, path: string): Generator<string> {
  if (typeof value !== 'object' || value === null) return
  if (Array.isArray(value)) {
    for (const [i, entry] of value.entries())
      yield* walk(
        forms.flatMap(form => itemOf(form, i)),
        entry,
        `${path}[]`,
      )
    return
  }
  const objects = forms.filter(form => form.properties)
  // A form without properties may have any, as that of a record.
  if (objects.length === 0 || forms.some(isOpen)) return
  for (const [name, property] of Object.entries(value)) {
    const named = objects.flatMap(({ properties }) => (properties?.[name] ? membersOf(properties[name]) : []))
    if (objects.every(({ properties }) => !Object.hasOwn(properties!, name))) yield `${path}.${name}`
    else yield* walk(named, property, `${path}.${name}`)
  }
}

const isOpen = (form: SchemaFields) =>
  'patternProperties' in form ||
  form.additionalProperties !== undefined ||
  (!form.properties && (form.type === undefined || form.type === 'object'))

function itemOf({ items }: SchemaFields, i: number): readonly SchemaFields[] {
  const item = Array.isArray(items) ? items[i] : items
  return item === undefined ? [] : membersOf(item as SchemaFields)
}
