import { basename } from 'node:path'
import { type Sentence, SentenceReader, type SourceSentence, tagColumn } from './conllu-sentence.js'
import { findFiles, type Refuse, readLines } from './text-files.js'

export type { Sentence, SourceSentence } from './conllu-sentence.js'

/** Treebanks in CoNLL-U: `.conllu`, also as `.conllu.gz`; UTF-8. */
export interface ConlluSource {
  /** A file, or a folder of such files. */
  readonly path: string
  /**
   * Tokens as a text has them instead of words: a range such as `1-2 im` is one token, with the tag of its first word
   * (`in`, ADP). Default: false.
   */
  readonly surface?: boolean
  /** Its text names file and line. */
  readonly refuse: Refuse
}

/**
 * Does a text have ranges as one token? A tokeniser leaves German `im` whole, but splits English `don't` as treebanks do.
 */
export const hasSurfaceTokens = (language: string): boolean => language !== 'en'

const kind = { names: /\.conllu(\.gz)?$/i, shown: '*.conllu' }

/**
 * The sentences of a file or folder, as a stream, in the order of names and lines. Empty nodes (`8.1`) are left out.
 *
 * @throws what `refuse` makes, when there is no file, or a line is not as CoNLL-U has it
 * @see https://universaldependencies.org/format.html
 */
export async function* readConllu({ path, surface = false, refuse }: ConlluSource): AsyncGenerator<SourceSentence> {
  for (const name of await findFiles({ path, kind, refuse })) {
    const file = basename(name)
    let number = 0
    let sentences = 0
    let reader = new SentenceReader(file, surface, refuse)
    for await (const lines of readLines(name, refuse)) {
      for (const line of lines) {
        number++
        if (line.trim() !== '') {
          reader.add(line, number)
        } else if (reader.hasWords) {
          yield reader.end()
          sentences++
          reader = new SentenceReader(file, surface, refuse)
        }
      }
    }
    if (reader.hasWords) {
      yield reader.end()
      sentences++
    }
    if (sentences === 0) throw refuse(`${file} has no sentence; CoNLL-U has a line of ten columns for each word.`)
  }
}

const endsInWord = /[\p{L}\p{N}]$/u
const startsAsWord = /^[\p{L}\p{N}]/u

/**
 * The sentence with `X - Y` as one word where the text has no space between them, and the tag of the last part:
 * `Panzer - Motor` becomes `Panzer-Motor`, NOUN. Some treebanks split what others, and tokenisers, leave whole.
 */
export function joinHyphens(sentence: Sentence): Sentence {
  const { words, tags, spaceAfter } = sentence
  if (!words.includes('-')) return sentence
  const joined = { words: [] as string[], tags: [] as string[], spaceAfter: [] as boolean[] }
  for (let i = 0; i < words.length; i++) {
    let word = words[i]!
    while (words[i + 1] === '-' && i + 2 < words.length && !spaceAfter[i] && !spaceAfter[i + 1]) {
      if (!endsInWord.test(word) || !startsAsWord.test(words[i + 2]!)) break
      word += `-${words[i + 2]}`
      i += 2
    }
    joined.words.push(word)
    joined.tags.push(tags[i]!)
    joined.spaceAfter.push(spaceAfter[i]!)
  }
  const { id, text, newDocument, file, line } = sentence
  return { ...joined, id, text, newDocument, file, line }
}

/**
 * A sentence in CoNLL-U with other tags, and the blank line behind it: the lines that it was read from, with column 4
 * replaced. Of the words of a range that was read as one token, the first has the tag and the others `_`.
 *
 * @param tags  one a word of the sentence
 */
export function formatTagged({ lines, places }: SourceSentence, tags: readonly string[]): string {
  const written = lines.map(line => (/^\d+\t/.test(line) ? withTag(line, '_') : line))
  for (const [i, place] of places.entries()) written[place] = withTag(lines[place]!, tags[i]!)
  return `${written.join('\n')}\n\n`
}

function withTag(line: string, tag: string): string {
  return line.split('\t').with(tagColumn, tag).join('\t')
}
