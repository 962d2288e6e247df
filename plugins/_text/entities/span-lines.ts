import { basename } from 'node:path'
import { type JsonLine, readJsonLines } from '../json-lines.js'
import type { Refuse } from '../text-files.js'
import { OffsetCursor, type OffsetUnit } from './offsets.js'
import type { Entity } from './tags.js'

/** A text with its names, as a line of a file has it. */
export interface SpanText {
  readonly text: string
  /** In order, none over another; in UTF-16 units of the text. */
  readonly entities: readonly Entity[]
  /** Without its folder. */
  readonly file: string
  readonly line: number
  readonly source: SpanSource
}

/** Where and how a line has its names, to write others in their place. */
export interface SpanSource {
  readonly value: JsonLine['value']
  readonly key: string
  readonly form: 'object' | 'offsets' | 'triple'
}

export interface SpanLinesSource {
  /** A file, packed where its name ends with `.gz`; UTF-8. */
  readonly path: string
  /** What `start` and `end` count. */
  readonly unit: OffsetUnit
  /** Its text names file and line. */
  readonly refuse: Refuse
}

/** As our answers are written, Prodigy's, and two of doccano's. */
const keys = ['entities', 'spans', 'label', 'labels']

/**
 * The texts of a file of JSON lines: `{"text": ..., "entities": [{"start": 0, "end": 5, "label": "PER"}]}`. The list may
 * be called `spans`, `label` or `labels`, and a name may be `[start, end, label]`, or have `start_offset` and `end_offset`,
 * as tools for annotation write them; `end` is exclusive.
 *
 * @throws what `refuse` makes, when a line is not of that form, or names overlap
 */
export async function* readSpanLines({ path, unit, refuse }: SpanLinesSource): AsyncGenerator<SpanText> {
  let texts = 0
  for await (const line of readJsonLines(path, refuse)) {
    yield readText(line, unit, problem => refuse(`line ${line.line} of ${line.file} ${problem}`))
    texts++
  }
  if (texts === 0) throw refuse(`${basename(path)} has no line.`)
}

function readText({ value, file, line }: JsonLine, unit: OffsetUnit, refuse: Refuse): SpanText {
  const { text } = value
  if (typeof text !== 'string') throw refuse('has no "text" that is a string.')
  const isThere = (name: string) => value[name] !== undefined && value[name] !== null
  const key = keys.find(name => Array.isArray(value[name])) ?? keys.find(isThere) ?? keys[0]!
  const list = value[key] ?? []
  if (!Array.isArray(list)) throw refuse(`has no list "${key}" of the names in its text.`)
  const given = (list as readonly unknown[]).map((item, i) => readItem(item, `${key}[${i}]`, refuse))
  const source = { value, key, form: given[0]?.form ?? 'object' } as const
  return { text, entities: placeInText(text, given, unit, refuse), file, line, source }
}

type Item = Entity & { readonly name: string; readonly form: SpanSource['form'] }

function readItem(item: unknown, name: string, refuse: Refuse): Item {
  const { start, end, label, form } = partsOf(item)
  const isCount = (offset: unknown) => Number.isSafeInteger(offset) && (offset as number) >= 0
  if (!isCount(start) || !isCount(end)) {
    throw refuse(`has no start and end in ${name}; they are whole numbers: {"start": 0, "end": 5, "label": "PER"}.`)
  }
  if (typeof label !== 'string' || !/^\S{1,64}$/u.test(label)) {
    throw refuse(`has no label in ${name}; it is a string of 1 to 64 characters without blanks.`)
  }
  return { start: start as number, end: end as number, label, name, form }
}

interface Parts {
  readonly start?: unknown
  readonly end?: unknown
  readonly label?: unknown
  readonly form: SpanSource['form']
}

function partsOf(item: unknown): Parts {
  if (Array.isArray(item)) return { start: item[0], end: item[1], label: item[2], form: 'triple' }
  if (typeof item !== 'object' || item === null) return { form: 'object' }
  const { start, end, start_offset, end_offset, label } = item as Readonly<Record<string, unknown>>
  const isLong = start === undefined && start_offset !== undefined
  return isLong
    ? { start: start_offset, end: end_offset, label, form: 'offsets' }
    : { start, end, label, form: 'object' }
}

function placeInText(text: string, given: readonly Item[], unit: OffsetUnit, refuse: Refuse): Entity[] {
  const cursor = new OffsetCursor(text, unit)
  const placeOf = (offset: number, { name }: Item): number => {
    const place = cursor.find(offset)
    if (place !== undefined) return place
    const hint = unit === 'utf8' ? ' or lies within a character' : ''
    throw refuse(`has an offset in ${name} that is not in the text (${offset})${hint}; offsets count ${shown[unit]}.`)
  }
  let before: Item | undefined
  return given
    .toSorted((a, b) => a.start - b.start || a.end - b.end)
    .map(item => {
      if (item.start >= item.end)
        throw refuse(`has a name without text, ${item.name}: its end is not behind its start.`)
      if (before && item.start < before.end) throw refuse(`has names that overlap: ${before.name} and ${item.name}.`)
      before = item
      const start = placeOf(item.start, item)
      return { label: item.label, start, end: placeOf(item.end, item) }
    })
}

const shown: Readonly<Record<OffsetUnit, string>> = {
  utf16: 'UTF-16 units (utf16)',
  code_points: 'characters (code_points)',
  utf8: 'bytes of UTF-8 (utf8)',
}

/** The line with other names, in the form of those that it had, and its end. */
export function formatSpans({ text, source }: SpanText, entities: readonly Entity[], unit: OffsetUnit): string {
  const { value, key, form } = source
  const cursor = new OffsetCursor(text, unit)
  const items = entities.map(({ label, start: from, end: to }) => {
    const start = cursor.to(from)
    const end = cursor.to(to)
    if (form === 'triple') return [start, end, label]
    return form === 'offsets' ? { start_offset: start, end_offset: end, label } : { start, end, label }
  })
  return `${JSON.stringify({ ...value, [key]: items })}\n`
}
