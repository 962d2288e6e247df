import type { Refuse } from '../text-files.js'
import { isTag } from './tags.js'

/** Which columns of a file are read, from 0. */
export interface Layout {
  readonly token: number
  readonly tag: number
  readonly hasTabs: boolean
}

/** One token's line. */
export interface Row {
  readonly word: string
  readonly tag: string
}

const cellsOf = (line: string, hasTabs: boolean): string[] =>
  hasTabs ? line.split('\t') : line.split(' ').filter(cell => cell !== '')

/**
 * The layout of a file, by its first lines that are no comments. The token is the first column, or the second where the
 * first numbers the tokens; the tag is the column behind the token where that has tags of names, else the last one.
 *
 * @param tagColumn  of the tag, from 1, where it is given
 * @returns undefined where none has a token
 */
export function findLayout(lines: readonly string[], tagColumn: number | undefined): Layout | undefined {
  const tokens = lines.filter(line => !line.startsWith(documentStart))
  const plain = tokens.filter(line => !line.startsWith('#'))
  // `#` may be a token too; a sentence of nothing else is seldom, and its lines have tags.
  const rows = plain.length > 0 ? plain : tokens.filter(line => isTag(cellsOf(line, line.includes('\t')).at(-1)!))
  const first = rows[0]
  if (first === undefined) return undefined
  const hasTabs = first.includes('\t')
  const cells = rows.map(line => cellsOf(line, hasTabs))
  const isNumbered = cells.length > 1 && cells.every((row, i) => row.length > 2 && row[0] === String(i + 1))
  const token = isNumbered ? 1 : 0
  const next = token + 1
  const hasNext = cells.every(row => isTag(row[next] ?? ''))
  const tag = tagColumn === undefined ? (hasNext ? next : Math.max(next, cells[0]!.length - 1)) : tagColumn - 1
  return { token, tag, hasTabs }
}

/**
 * Reads a line.
 *
 * @param place  of the line, for messages
 * @returns undefined for a comment
 * @throws what `refuse` makes
 */
export function readRow(line: string, layout: Layout, place: string, refuse: Refuse): Row | undefined {
  const cells = cellsOf(line, layout.hasTabs)
  const word = cells[layout.token] ?? ''
  const tag = cells[layout.tag]?.trimEnd()
  const hasTag = tag !== undefined && isTag(tag)
  if (line.startsWith('#') && !hasTag) return undefined
  if (word.trim() === '') throw refuse(`${place} has no token in column ${layout.token + 1}.`)
  if (tag === undefined || tag === '') {
    const hint = `A line is a token and its tag, with ${layout.hasTabs ? 'a tab' : 'a blank'} between`
    throw refuse(`${place} has no tag for "${word.slice(0, 50)}" in column ${layout.tag + 1}. ${hint}.`)
  }
  if (hasTag || word === documentStart) return { word, tag: hasTag ? tag : 'O' }
  const hint = 'Tags are O, or a letter of BIO, BILOU or BIOES, a hyphen and a label'
  throw refuse(`${place} has "${tag.slice(0, 50)}" as the tag of "${word.slice(0, 50)}". ${hint}, such as B-PER.`)
}

/** As CoNLL-2003 marks where a document begins. */
export const documentStart = '-DOCSTART-'

/** The line with another tag. */
export function withTag(line: string, tag: string, { tag: column, hasTabs }: Layout): string {
  return cellsOf(line, hasTabs)
    .with(column, tag)
    .join(hasTabs ? '\t' : ' ')
}
