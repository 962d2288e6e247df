import { fail } from 'modelhost'
import { type CutTextBy, createTextCutter } from '../_text/entities/cut-text.js'
import { decodeWord } from '../_text/entities/html-references.js'
import { type NameSettings, NeverNames } from '../_text/entities/never-names.js'
import { OffsetCursor, type OffsetUnit } from '../_text/entities/offsets.js'
import { SpanReader } from '../_text/entities/span-reader.js'
import { anyTag } from '../_text/tagging/kernels/score-kernel.js'
import type { Tagger } from '../_text/tagging/tagger.js'
import type { FoundEntity } from './request.js'
import { type ScoreCurve, scoreOf } from './score.js'

export interface EntitySettings extends NameSettings {
  readonly offsets: OffsetUnit
}

/** Of a request. */
const maxTokens = 200_000
const leastRoom = 1024

// Of a thread: thousands of models find names, and never at the same time.
let tags = new Uint8Array(leastRoom)
let fixed = new Uint8Array(leastRoom)
let margins = new Float32Array(leastRoom)

function makeRoom(tokens: number): void {
  if (tokens > tags.length) {
    tags = new Uint8Array(2 * tokens)
    fixed = new Uint8Array(2 * tokens)
    margins = new Float32Array(2 * tokens)
  }
  fixed.fill(anyTag, 0, tokens)
}

/** A tagger of names, and what cuts texts for it. */
export class EntityModel {
  readonly #tagger: Tagger
  readonly #curve: ScoreCurve
  readonly #settings: EntitySettings
  readonly #cut: CutTextBy
  readonly #never: NeverNames
  readonly #spans: SpanReader
  readonly #space: number

  constructor(tagger: Tagger, curve: ScoreCurve, settings: EntitySettings) {
    this.#tagger = tagger
    this.#curve = curve
    this.#settings = settings
    this.#cut = createTextCutter(settings)
    this.#never = new NeverNames(settings)
    this.#spans = new SpanReader(tagger.tags)
    this.#space = tagger.tags.indexOf('SPACE')
  }

  /**
   * The names in a text. Their places are in the text as it was given, also where that has character references.
   *
   * @throws HostError REQUEST_INVALID where it has too many tokens
   */
  ofText(given: string, unit: OffsetUnit = this.#settings.offsets): FoundEntity[] {
    const { text, original, tokens } = this.#cut(given)
    const { count, starts, ends } = tokens
    checkCount(count)
    makeRoom(count)
    this.#never.inText(text, tokens, this.#fix)
    this.#tagger.tag(text, tokens, tags, fixed, { wanted: this.#spans.isName, out: margins })
    const cursor = new OffsetCursor(given, unit)
    return this.#read(count, (first, last) => {
      const start = original(starts[first]!)
      const end = original(ends[last]!)
      return { text: given.slice(start, end), start: cursor.to(start), end: cursor.to(end) }
    })
  }

  /**
   * The names in sentences of the caller's own tokens; their places count tokens, of all sentences.
   *
   * @throws HostError REQUEST_INVALID where there are too many
   */
  ofTokens(sentences: readonly (readonly string[])[]): FoundEntity[] {
    checkCount(sentences.reduce((sum, { length }) => sum + length, 0))
    const found: FoundEntity[] = []
    let before = 0
    for (const words of sentences) {
      const read = words.map(decodeWord)
      makeRoom(words.length)
      this.#never.inWords(read, this.#fix)
      this.#tagger.tagWords(read, tags, fixed, { wanted: this.#spans.isName, out: margins })
      const inSentence = this.#read(words.length, (first, last) => {
        return { text: words.slice(first, last + 1).join(' '), start: before + first, end: before + last + 1 }
      })
      for (const entity of inSentence) found.push(entity)
      before += words.length
    }
    return found
  }

  readonly #fix = (token: number): void => {
    fixed[token] = this.#spans.outside
  }

  #read(
    count: number,
    placeOf: (first: number, last: number) => Pick<FoundEntity, 'text' | 'start' | 'end'>,
  ): FoundEntity[] {
    const found: FoundEntity[] = []
    this.#spans.read(tags, count, this.#space, (label, first, last) => {
      const { text, start, end } = placeOf(first, last)
      found.push({ text, label, start, end, score: scoreOf(margins[first]!, this.#curve) })
    })
    return found
  }
}

/** Can a tagger of these tags find names, and leave other words alone? */
export function isOfNames(tags: readonly string[]): boolean {
  const { outside, isName } = new SpanReader(tags)
  return outside >= 0 && isName.includes(1)
}

function checkCount(tokens: number): void {
  if (tokens <= maxTokens) return
  const problem = `The request has ${tokens} tokens, more than ${maxTokens}. Send it in parts.`
  throw fail('REQUEST_INVALID', { problem })
}
