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

type Tokenizer = (text: string) => Tokens

// Of a thread: thousands of models cut their texts in the same few ways and never at the same time, and what a tokeniser
// keeps grows with its texts.
const made = new Map<string, Tokenizer>()

/**
 * Text → tokens and sentences, in time linear in the length of the text, whatever is in it.
 *
 * @returns a function whose answer is valid until the next call, also by others who asked for the same: arrays are used again
 */
export function createTokenizer({ language, mode, split_hyphens }: TokenizerSettings): Tokenizer {
  const rules = languageRules(language)
  const key = `${rules.name} ${mode} ${split_hyphens}`
  let tokenize = made.get(key)
  if (!tokenize) {
    const create = mode === 'tweets' ? createTweetTokenizer : createTextTokenizer
    tokenize = create(rules, split_hyphens)
    made.set(key, tokenize)
  }
  return tokenize
}
