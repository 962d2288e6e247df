import { letter, space, unitClasses } from './characters.js'
import { beginsFace } from './emoticons.js'
import type { LanguageRules } from './languages.js'
import { splitSentences } from './sentences.js'
import { TokenBuffer, type Tokens, tokenKind } from './tokens.js'
import { TweetSplitter } from './tweet-splitter.js'

const blank = 0x20

/**
 * Tokens of social media posts: links, addresses, names, hashtags, emoji, faces, numbers, dates, abbreviations and
 * hyphenated words stay whole, any other sign is a token of its own. White space counts as in ordinary text.
 */
export function createTweetTokenizer(rules: LanguageRules, splitsHyphens: boolean): (text: string) => Tokens {
  const tokens = new TokenBuffer()
  const splitter = new TweetSplitter(rules, splitsHyphens, tokens)
  const { hasLetterSpecials, specials } = rules

  return text => {
    tokens.clear()
    const { length } = text
    let at = 0
    let afterToken = false
    while (at < length) {
      const start = at
      const first = text.charCodeAt(at)
      let bits = unitClasses[first]!
      if ((bits & space) !== 0) {
        // The first blank of a run only separates, but not at the start of a text.
        if (afterToken && first === blank) at++
        const gap = at
        while (at < length && (unitClasses[text.charCodeAt(at)]! & space) !== 0) at++
        if (gap < at) tokens.push(gap, at, tokenKind.space)
        continue
      }
      afterToken = true
      while ((bits & letter) !== 0) {
        at++
        bits = at < length ? unitClasses[text.charCodeAt(at)]! : space
      }
      const isPlain = at > start && (bits & space) !== 0 && !beginsFace(first)
      if (isPlain && !(hasLetterSpecials && specials.mayHave(text, start, at))) tokens.push(start, at, tokenKind.word)
      else at = splitter.read(text, start, length)
    }
    splitSentences(text, tokens)
    return tokens
  }
}
