import { type JsonLine, readJsonLines } from '../../_text/json-lines.js'
import type { Refuse } from '../../_text/table.js'

/** A document with the keyphrases that people gave it. */
export interface GoldDocument {
  /** Its `id`, else the number of its line. */
  readonly id: string
  readonly text: string
  /** As they are written; of one with variants, each of them. */
  readonly keyphrases: readonly string[]
}

const form =
  'A document is {"text": "...", "keyphrases": ["...", ...]}, or has "title" and "abstract" instead of "text"; a keyphrase ' +
  'may be a list of variants.'

/**
 * The documents of a gold file in JSON lines. Keyphrases are `keyphrases`, or `uncontr` as Inspec names them.
 *
 * @throws what `refuse` makes, naming file and line
 */
export async function readGoldDocuments(path: string, refuse: Refuse): Promise<GoldDocument[]> {
  const documents: GoldDocument[] = []
  for await (const json of readJsonLines(path, refuse)) documents.push(readDocument(json, refuse))
  return documents
}

function readDocument({ value, file, line }: JsonLine, refuse: Refuse): GoldDocument {
  const refused = (problem: string) => refuse(`line ${line} of ${file} ${problem} ${form}`)
  const id = value['id']
  if (id !== undefined && typeof id !== 'string' && typeof id !== 'number') {
    throw refused(`has an id that is neither a string nor a number.`)
  }
  const text = textOf(value)
  if (text === undefined) throw refused('has no text.')
  const name = value['keyphrases'] === undefined ? 'uncontr' : 'keyphrases'
  if (value[name] === undefined) throw refused('has no "keyphrases".')
  const keyphrases = phrasesOf(value[name])
  if (!keyphrases) throw refused(`has "${name}" that are no list of strings.`)
  return { id: String(id ?? line), text, keyphrases }
}

/** As Inspec is read: title and abstract are one text. */
function textOf({ text, title, abstract }: JsonLine['value']): string | undefined {
  if (typeof text === 'string') return text
  return text === undefined && typeof title === 'string' && typeof abstract === 'string'
    ? `${title}. ${abstract}`
    : undefined
}

function phrasesOf(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined
  const phrases: unknown[] = value.flat()
  return phrases.every(phrase => typeof phrase === 'string') ? phrases : undefined
}
