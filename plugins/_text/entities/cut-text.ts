import { createTokenizer, type TokenizerSettings } from '../tokens/tokenizer.js'
import type { Tokens } from '../tokens/tokens.js'
import { type DecodedText, decodeHtml } from './html-references.js'

/** A text as it is tagged: with its character references read, and in tokens. Valid until the next text is cut. */
export interface CutText extends DecodedText {
  /** Their places are in `text`; `original` says where that is in the text as it was given. */
  readonly tokens: Tokens
}

export type CutTextBy = (given: string) => CutText

/** What cuts texts for tagging, and texts to learn from in the same way. */
export function createTextCutter(settings: TokenizerSettings): CutTextBy {
  const tokenize = createTokenizer(settings)
  return given => {
    const { text, original } = decodeHtml(given)
    return { text, original, tokens: tokenize(text) }
  }
}
