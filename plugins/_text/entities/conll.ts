import { basename } from 'node:path'
import { type Refuse, readLines } from '../text-files.js'
import { documentStart, findLayout, type Layout, readRow, withTag } from './conll-rows.js'

/** A sentence of a file in CoNLL format; `words` and `tags` go together. */
export interface ConllSentence {
  readonly words: readonly string[]
  readonly tags: readonly string[]
  /** Without its folder. */
  readonly file: string
  /** Number of its first token's line, from 1. */
  readonly line: number
  /** Comments and tokens, without the blank line that ends them. */
  readonly lines: readonly string[]
  /** Index in `lines` of each word. */
  readonly places: readonly number[]
  readonly layout: Layout
}

export interface ConllSource {
  /** A file, packed where its name ends with `.gz`; UTF-8. */
  readonly path: string
  /** Of the tags, from 1; without it `findLayout` looks for them. */
  readonly tagColumn?: number | undefined
  /** Its text names file and line. */
  readonly refuse: Refuse
}

/**
 * The sentences of a file that has a token a line, with its tag in another column and a blank line between sentences.
 *
 * @throws what `refuse` makes, when a line cannot be read or there is no sentence
 * @see https://www.clips.uantwerpen.be/conll2003/ner/
 */
export async function* readConll({ path, tagColumn, refuse }: ConllSource): AsyncGenerator<ConllSentence> {
  const file = basename(path)
  let layout: Layout | undefined
  let lines: string[] = []
  let number = 0
  let sentences = 0
  const end = (): ConllSentence | undefined => {
    layout ??= findLayout(lines, tagColumn)
    const sentence = layout && readSentence(lines, layout, { file, first: number - lines.length, refuse })
    lines = []
    if (sentence) sentences++
    return sentence
  }
  for await (const block of readLines(path, refuse)) {
    for (const line of block) {
      number++
      if (line.trim() !== '') {
        lines.push(line)
        continue
      }
      const sentence = end()
      if (sentence) yield sentence
    }
  }
  number++
  const last = end()
  if (last) yield last
  if (sentences === 0) throw refuse(`${file} has no sentence; CoNLL files have a token and its tag in each line.`)
}

interface Place {
  readonly file: string
  /** Number of the line before the sentence's first one is this less 1. */
  readonly first: number
  readonly refuse: Refuse
}

/** @returns undefined where there is no token */
function readSentence(
  lines: readonly string[],
  layout: Layout,
  { file, first, refuse }: Place,
): ConllSentence | undefined {
  const words: string[] = []
  const tags: string[] = []
  const places: number[] = []
  for (const [i, line] of lines.entries()) {
    const row = readRow(line, layout, `line ${first + i} of ${file}`, refuse)
    if (row === undefined || row.word === documentStart) continue
    words.push(row.word)
    tags.push(row.tag)
    places.push(i)
  }
  if (words.length === 0) return undefined
  return { words, tags, file, line: first + places[0]!, lines, places, layout }
}

/** The lines of a sentence with other tags, and the blank line behind it. */
export function formatConll({ lines, places, layout }: ConllSentence, tags: readonly string[]): string {
  const written = [...lines]
  for (const [i, place] of places.entries()) written[place] = withTag(lines[place]!, tags[i]!, layout)
  return `${written.join('\n')}\n\n`
}
