import { fail } from 'modelhost'
import { grown, roomFor } from '../_text/growing.js'
import type { Tagger } from '../_text/tagging/tagger.js'
import type { Tokens } from '../_text/tokens/tokens.js'
import type { Stems } from './stems.js'
import { StringIds } from './string-ids.js'
import type { TextTools } from './text-tools.js'
import type { GraphSource } from './word-graph.js'

/** Words that a caller has cut himself. */
export type Sentences = readonly (readonly string[])[]
/** The same with their tags. */
export type TaggedSentences = readonly (readonly (readonly [string, string])[])[]

const maxTokens = 200_000

/**
 * One text as tokens with their tags and stems; to be read into again and again.
 *
 * A token's stem is its word in lower case, or what a stemmer makes of the word, in lower case.
 *
 * @see pke 1.8, base.py: LoadFile.load_document
 */
export class Document implements GraphSource {
  tokenCount = 0
  sentenceCount = 0
  /** By sentence: the token after its last one. */
  sentenceEnds: Uint32Array = new Uint32Array(64)
  tags = new Uint8Array(64)
  stems = new Uint32Array(64)
  readonly stemTable = new StringIds()
  // By word of `Stems`: the number of its stem here, where the stamp is this document's.
  #stemOfWord = new Uint32Array(64)
  #stamps = new Uint32Array(64)
  #stamp = 0
  #text = ''
  #tokens: Tokens | undefined
  #words: string[] = []

  /** @throws HostError REQUEST_INVALID where it has too many tokens */
  readText(text: string, { tokenize, tagText, stems }: TextTools): void {
    const tokens = tokenize(text)
    this.#open(tokens.count)
    this.#text = text
    this.#tokens = tokens
    this.sentenceCount = tokens.sentenceCount
    this.sentenceEnds = tokens.sentenceEnds
    tagText(text, tokens, this.tags)
    if (stems) this.#stemText(text, tokens, stems)
    else this.#lowerText(text, tokens)
  }

  /** @throws HostError REQUEST_INVALID where there are too many words */
  readSentences(sentences: Sentences, { tagger, stems }: Pick<TextTools, 'tagger' | 'stems'>): void {
    this.#openSentences(sentences)
    let from = 0
    for (const words of sentences) {
      this.#tagWords(words, from, tagger)
      from += words.length
    }
    this.#words = sentences.flat()
    this.#readWords(stems)
  }

  /**
   * @param tagOf  tag's name → its number
   * @throws HostError REQUEST_INVALID where there are too many words
   */
  readTagged(sentences: TaggedSentences, tagOf: (name: string) => number, stems: TextTools['stems']): void {
    this.#openSentences(sentences)
    const words = sentences.flat()
    for (const [i, [, tag]] of words.entries()) this.tags[i] = tagOf(tag)
    this.#words = words.map(([word]) => word)
    this.#readWords(stems)
  }

  /** A token as it stands in the text. */
  word(token: number): string {
    if (!this.#tokens) return this.#words[token]!
    return this.#text.slice(this.#tokens.starts[token], this.#tokens.ends[token])
  }

  /** Where a token stands in the text, in UTF-16 units, end exclusive; undefined for a caller's words. */
  span(token: number): { readonly start: number; readonly end: number } | undefined {
    return this.#tokens && { start: this.#tokens.starts[token]!, end: this.#tokens.ends[token]! }
  }

  /** Lets go of the text. */
  clear(): void {
    this.tokenCount = 0
    this.sentenceCount = 0
    this.stemTable.clear()
    this.#text = ''
    this.#tokens = undefined
    this.#words = []
  }

  #open(tokenCount: number): void {
    this.clear()
    if (tokenCount > maxTokens) {
      const problem = `The text has ${tokenCount} tokens, more than ${maxTokens}. Send it in parts.`
      throw fail('REQUEST_INVALID', { problem })
    }
    this.tokenCount = tokenCount
    this.tags = roomFor(this.tags, tokenCount)
    this.stems = roomFor(this.stems, tokenCount)
  }

  #openSentences(sentences: readonly (readonly unknown[])[]): void {
    this.#open(sentences.reduce((sum, { length }) => sum + length, 0))
    this.sentenceCount = sentences.length
    this.sentenceEnds = new Uint32Array(sentences.length)
    let end = 0
    for (const [i, { length }] of sentences.entries()) {
      end += length
      this.sentenceEnds[i] = end
    }
  }

  #tagWords(words: readonly string[], from: number, tagger: Tagger): void {
    tagger.tagWords(words, this.tags.subarray(from, from + words.length))
  }

  #lowerText(text: string, { count, starts, ends }: Tokens): void {
    const lower = text.toLowerCase()
    // A dotted capital I becomes two units, and a final sigma depends on what follows it.
    const isAligned = lower.length === text.length && !text.includes('Σ')
    for (let i = 0; i < count; i++) {
      this.stems[i] = isAligned
        ? this.stemTable.add(lower, starts[i], ends[i])
        : this.stemTable.add(text.slice(starts[i], ends[i]).toLowerCase())
    }
  }

  #stemText(text: string, { count, starts, ends }: Tokens, stems: Stems): void {
    this.#beginStems(stems)
    for (let i = 0; i < count; i++) this.stems[i] = this.#stemOf(text, starts[i]!, ends[i]!, stems)
  }

  #readWords(stems: Stems | undefined): void {
    if (stems) this.#beginStems(stems)
    for (const [i, word] of this.#words.entries()) {
      this.stems[i] = stems ? this.#stemOf(word, 0, word.length, stems) : this.stemTable.add(word.toLowerCase())
    }
  }

  #beginStems(stems: Stems): void {
    stems.beginDocument()
    this.#stamp = (this.#stamp + 1) >>> 0
    // Once in four billion documents.
    if (this.#stamp === 0) this.#stamps.fill(0)
  }

  #stemOf(source: string, start: number, end: number, stems: Stems): number {
    const word = stems.numberOf(source, start, end)
    if (this.#stamps[word] !== this.#stamp) {
      this.#stemOfWord = grown(this.#stemOfWord, stems.count)
      this.#stamps = grown(this.#stamps, stems.count)
      this.#stemOfWord[word] = this.stemTable.add(stems.stemOf(word))
      this.#stamps[word] = this.#stamp
    }
    return this.#stemOfWord[word]!
  }
}
