import { languageRules } from './languages.js'
import { createTextTokenizer } from './text-tokenizer.js'
import type { Tokens } from './tokens.js'
import { createTweetTokenizer } from './tweet-tokenizer.js'

export interface TokenizerSettings {
  /** Two letters; languages other than `de` and `en` have the general rules. */
  readonly language: string
  readonly mode: 'text' | 'tweets'
  /** Cut English words at their hyphens, as spaCy does: `long` `-` `term`. German never does. */
  readonly split_hyphens: boolean
}

/**
 * Text → tokens and sentences, in time linear in the length of the text, whatever is in it.
 *
 * @returns a function whose answer is valid until its next call: the arrays are used again
 */
export function createTokenizer({ language, mode, split_hyphens }: TokenizerSettings): (text: string) => Tokens {
  const create = mode === 'tweets' ? createTweetTokenizer : createTextTokenizer
  return create(languageRules(language), split_hyphens)
}
