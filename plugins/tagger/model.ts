import type { Tagger } from '../_text/tagging/tagger.js'
import type { Tokens } from '../_text/tokens/tokens.js'

export interface TaggedToken {
  text: string
  tag: string
  /** Of a text: in UTF-16 units, `end` exclusive. */
  start?: number
  end?: number
}

/** A tagger, and what cuts texts for it. */
export class TaggerModel {
  constructor(
    readonly tagger: Tagger,
    readonly tokenize: (text: string) => Tokens,
  ) {}

  ofText(text: string): TaggedToken[] {
    const tokens = this.tokenize(text)
    const tags = new Uint8Array(tokens.count)
    this.tagger.tag(text, tokens, tags)
    return Array.from(tags, (tag, i) => {
      const [start, end] = [tokens.starts[i]!, tokens.ends[i]!]
      return { text: text.slice(start, end), tag: this.tagger.tags[tag]!, start, end }
    })
  }

  ofTokens(sentences: readonly (readonly string[])[]): TaggedToken[] {
    return sentences.flatMap(words => {
      const tags = new Uint8Array(words.length)
      this.tagger.tagWords(words, tags)
      return words.map((text, i) => ({ text, tag: this.tagger.tags[tags[i]!]! }))
    })
  }
}
