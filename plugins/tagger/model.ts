import { fail } from 'modelhost'
import type { Tagger } from '../_text/tagging/tagger.js'
import { createTextTagger, type TextTagger } from '../_text/tagging/text-tagger.js'
import { TweetTags } from '../_text/tagging/tweet-tags.js'
import { createTokenizer, type TokenizerSettings } from '../_text/tokens/tokenizer.js'
import { type Tokens, tokenKind } from '../_text/tokens/tokens.js'

export interface TaggedToken {
  text: string
  tag: string
  /** Of a text: in UTF-16 units, `end` exclusive. */
  start?: number
  end?: number
}

/** Of a request; its answer has some 50 bytes for each. */
const maxTokens = 200_000

/** As treebanks of tweets write a URL that they may not show. */
const maskedUrl = /^URL\d+$/

/** A tagger, and what cuts texts for it. */
export class TaggerModel {
  readonly #tagger: Tagger
  readonly #tokenize: (text: string) => Tokens
  readonly #tagText: TextTagger
  readonly #tweetTags: TweetTags | undefined

  constructor(tagger: Tagger, settings: TokenizerSettings) {
    this.#tagger = tagger
    this.#tokenize = createTokenizer(settings)
    this.#tagText = createTextTagger(tagger, settings.mode)
    this.#tweetTags = settings.mode === 'tweets' ? new TweetTags(tagger.tags) : undefined
  }

  /** @throws HostError REQUEST_INVALID where it has too many tokens */
  ofText(text: string): TaggedToken[] {
    const tokens = this.#tokenize(text)
    checkCount(tokens.count)
    const { starts, ends } = tokens
    const tags = new Uint8Array(tokens.count)
    this.#tagText(text, tokens, tags)
    return Array.from(tags, (tag, i) => {
      const [start, end] = [starts[i]!, ends[i]!]
      return { text: text.slice(start, end), tag: this.#tagger.tags[tag]!, start, end }
    })
  }

  /** @throws HostError REQUEST_INVALID where there are too many */
  ofTokens(sentences: readonly (readonly string[])[]): TaggedToken[] {
    checkCount(sentences.reduce((sum, { length }) => sum + length, 0))
    return sentences.flatMap(words => {
      const tags = new Uint8Array(words.length)
      this.#tagger.tagWords(words, tags, this.#tweetTags && this.#fixedTags(words, this.#tweetTags))
      return words.map((text, i) => ({ text, tag: this.#tagger.tags[tags[i]!]! }))
    })
  }

  /** A word is of the kind that it has when it is a whole text. */
  #fixedTags(words: readonly string[], tweetTags: TweetTags): Uint8Array {
    const kinds = Uint8Array.from(words, word => {
      if (maskedUrl.test(word)) return tokenKind.url
      const { count, kinds } = this.#tokenize(word)
      return count === 1 ? kinds[0]! : tokenKind.word
    })
    const sentence = { count: words.length, kinds, sentenceCount: 1, sentenceEnds: Uint32Array.of(words.length) }
    return tweetTags.of(sentence, i => words[i] === 'RT')
  }
}

function checkCount(tokens: number): void {
  if (tokens <= maxTokens) return
  const problem = `The request has ${tokens} tokens, more than ${maxTokens}. Send it in parts.`
  throw fail('REQUEST_INVALID', { problem })
}
