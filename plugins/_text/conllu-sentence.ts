import type { Refuse } from './text-files.js'

/** One sentence; `words`, `tags` and `spaceAfter` go together. */
export interface Sentence {
  readonly words: readonly string[]
  /** UPOS, column 4. */
  readonly tags: readonly string[]
  /** Does the text have a space behind the word? */
  readonly spaceAfter: readonly boolean[]
  /** `# sent_id` and `# text`. */
  readonly id: string | undefined
  readonly text: string | undefined
  /** The id of `# newdoc`, empty where it has none; undefined where no document begins. */
  readonly newDocument: string | undefined
  /** Without its folder. */
  readonly file: string
  /** Number of its first line, from 1. */
  readonly line: number
}

/** A sentence with the lines that it was read from, for `formatTagged`. */
export interface SourceSentence extends Sentence {
  /** Comments, words, ranges and empty nodes, without the blank line that ends them. */
  readonly lines: readonly string[]
  /** Index in `lines` of each word; of a range that of its first word. */
  readonly places: readonly number[]
}

const columnCount = 10
/** UPOS. */
export const tagColumn = 3

/** A range such as `4-5`, until its last word was read. */
interface Range {
  readonly first: number
  readonly last: number
  readonly form: string
  readonly spaceAfter: boolean
}

/** The lines of one sentence, as they come in. */
export class SentenceReader {
  readonly #words: string[] = []
  readonly #tags: string[] = []
  readonly #spaceAfter: boolean[] = []
  readonly #lines: string[] = []
  readonly #places: number[] = []
  #line = 0
  #lastId = 0
  #range: Range | undefined
  #id: string | undefined
  #text: string | undefined
  #newDocument: string | undefined

  constructor(
    readonly file: string,
    readonly surface: boolean,
    readonly refuse: Refuse,
  ) {}

  get hasWords(): boolean {
    return this.#lastId > 0 || this.#range !== undefined
  }

  add(line: string, number: number): void {
    if (this.#lines.length === 0) this.#line = number
    if (line.startsWith('#')) this.#readComment(line.slice(1).trim())
    else this.#readColumns(line.split('\t'), number)
    this.#lines.push(line)
  }

  end(): SourceSentence {
    const range = this.#range
    if (range && range.last > this.#lastId) {
      const problem = `has the words ${range.first}-${range.last} ("${range.form}"), but ends at ${this.#lastId}.`
      throw this.refuse(`the sentence at line ${this.#line} of ${this.file} ${problem}`)
    }
    return {
      words: this.#words,
      tags: this.#tags,
      spaceAfter: this.#spaceAfter,
      id: this.#id,
      text: this.#text,
      newDocument: this.#newDocument,
      file: this.file,
      line: this.#line,
      lines: this.#lines,
      places: this.#places,
    }
  }

  #readComment(comment: string): void {
    const at = comment.indexOf('=')
    const name = (at < 0 ? comment : comment.slice(0, at)).trim()
    const value = at < 0 ? '' : comment.slice(at + 1).trim()
    if (name === 'sent_id') this.#id = value
    else if (name === 'text') this.#text = value
    else if (name === 'newdoc' || name === 'newdoc id') this.#newDocument = value
  }

  #readColumns(columns: readonly string[], number: number): void {
    if (columns.length !== columnCount) {
      const found = `${columns.length} ${columns.length === 1 ? 'column' : 'columns'}`
      throw this.#refused(number, `has ${found}, not ten with tabs between, as CoNLL-U has them.`)
    }
    const id = columns[0]!
    const form = columns[1]!
    const spaceAfter = !`|${columns[9]}|`.includes('|SpaceAfter=No|')
    if (id === String(this.#lastId + 1)) this.#addWord(form, columns[tagColumn]!, spaceAfter, number)
    else if (id.includes('-')) this.#openRange(id, form, spaceAfter, number)
    // An empty node is no word of the text.
    else if (!/^\d+\.\d+$/.test(id)) throw this.#refused(number, this.#idProblem(id))
  }

  #addWord(form: string, tag: string, spaceAfter: boolean, number: number): void {
    const id = ++this.#lastId
    const range = this.surface && this.#range && id <= this.#range.last ? this.#range : undefined
    if (range && id > range.first) return
    if (form === '') throw this.#refused(number, 'has no form; it is the second column.')
    if (tag === '_' || tag.trim() === '')
      throw this.#refused(number, `has no UPOS tag for "${form}"; it is the fourth column.`)
    this.#words.push(range ? range.form : form)
    this.#tags.push(tag)
    this.#spaceAfter.push(range ? range.spaceAfter : spaceAfter)
    this.#places.push(this.#lines.length)
  }

  #openRange(id: string, form: string, spaceAfter: boolean, number: number): void {
    const [, first, last] = /^(\d{1,9})-(\d{1,9})$/.exec(id) ?? []
    const isNext = Number(first) === this.#lastId + 1 && Number(first) <= Number(last)
    if (!isNext || (this.#range && this.#range.last > this.#lastId)) throw this.#refused(number, this.#idProblem(id))
    if (form === '') throw this.#refused(number, 'has no form; it is the second column.')
    this.#range = { first: Number(first), last: Number(last), form, spaceAfter }
  }

  #idProblem(id: string): string {
    const next = this.#lastId + 1
    return `has the id "${id.slice(0, 50)}", where ${next} or a range from ${next} should be. A blank line ends a sentence.`
  }

  #refused(number: number, problem: string): Error {
    return this.refuse(`line ${number} of ${this.file} ${problem}`)
  }
}
