import type { EntitySentence } from '../_text/entities/corpus.js'
import type { Entity } from '../_text/entities/tags.js'
import { createTokenizer } from '../_text/tokens/tokenizer.js'
import { tokenKind } from '../_text/tokens/tokens.js'
import type { Filler } from './fillers.js'

interface Marked {
  readonly words: string[]
  readonly entities: Entity[]
}

const place = /^(.*?)\{([~+]?)([A-Za-z]+)\}(.*)$/
const opening = /^\[([A-Z]+|-)$/
const articles = new Set(['the', 'der', 'die', 'das'])

/**
 * Makes sentences to learn from: of words with a blank between them, and places for names.
 *
 *   {place} {PLACE} {~place}       a name as it is listed, in capitals, in lower case; its label is that of the filler
 *   {+place}                       without spaces
 *   [LOC {surname} Street]         all of it is one name
 *   Make [- {place}] great again   is none
 */
export class SentenceMaker {
  readonly #cut: (name: string) => string[]

  constructor(
    language: string,
    readonly fillers: Readonly<Record<string, Filler>>,
  ) {
    const tokenize = createTokenizer({ language, mode: 'tweets', split_hyphens: false })
    this.#cut = name => {
      const { count, starts, ends, kinds } = tokenize(name)
      const words = Array.from({ length: count }, (_, i) => name.slice(starts[i], ends[i]))
      return words.filter((_, i) => kinds[i] !== tokenKind.space)
    }
  }

  /** @throws Error for a place that nothing fills */
  make(pattern: string, domain: number): EntitySentence {
    const words: string[] = []
    const entities: Entity[] = []
    let open: { label: string; start: number } | undefined
    for (const part of pattern.split(' ')) {
      const [, label] = opening.exec(part) ?? []
      if (label !== undefined) {
        open = { label, start: words.length }
        continue
      }
      const closes = open !== undefined && part.endsWith(']')
      const own = this.#fill(closes ? part.slice(0, -1) : part)
      if (!open) for (const { label, start, end } of own.entities) entities.push(moved(label, start, end, words.length))
      words.push(...own.words)
      if (!open || !closes) continue
      if (open.label !== '-') entities.push({ ...open, end: words.length })
      open = undefined
    }
    return { words, entities, domain }
  }

  #fill(part: string): Marked {
    const [, before = '', form, name = '', behind = ''] = place.exec(part) ?? []
    if (form === undefined) return { words: [part], entities: [] }
    const filler = this.fillers[name.toLowerCase()]
    if (!filler) throw new Error(`"${part}" has no filler.`)
    const drawn = form === '+' ? filler.draw().replaceAll(/[ .]/g, '') : filler.draw()
    const text = form === '~' ? drawn.toLowerCase() : name === name.toUpperCase() ? drawn.toUpperCase() : drawn
    const words = this.#cut(text)
    words[0] = before + words[0]
    words[words.length - 1] += behind
    if (filler.label === undefined) return { words, entities: [] }
    const start = words.length > 1 && articles.has(words[0]!.toLowerCase()) ? 1 : 0
    return { words, entities: [{ label: filler.label, start, end: words.length }] }
  }
}

const moved = (label: string, start: number, end: number, by: number): Entity => ({
  label,
  start: start + by,
  end: end + by,
})
