import type { Tagger } from '../_text/tagging/tagger.js'
import type { Tokens } from '../_text/tokens/tokens.js'

/** What a text is read with. */
export interface TextTools {
  readonly tokenize: (text: string) => Tokens
  readonly tagger: Tagger
  /** Word, as it stands in the text, → stem; absent: the lower-cased word is its stem. */
  readonly stem: ((word: string) => string) | undefined
}
