import { letter, space, unitClasses } from './characters.js'
import { ChunkSplitter } from './chunk-splitter.js'
import { generalInfixes, germanInfix } from './infixes.js'
import type { LanguageRules } from './languages.js'
import { splitSentences } from './sentences.js'
import { TokenBuffer, type Tokens, tokenKind } from './tokens.js'

const blank = 0x20

/**
 * Tokens as spaCy's rules cut them. A single space separates and is no token; white space beyond it is one. Most chunks
 * are letters alone and end in the first loop.
 */
export function createTextTokenizer(rules: LanguageRules, splitsHyphens: boolean): (text: string) => Tokens {
  const tokens = new TokenBuffer()
  const infixes = splitsHyphens ? generalInfixes.split : generalInfixes.whole
  const splitter = new ChunkSplitter(rules, rules.name === 'de' ? germanInfix : infixes, tokens)
  const { hasLetterSpecials, specials } = rules

  return text => {
    tokens.clear()
    const { length } = text
    let at = 0
    // A text that begins with a space has it as a token; elsewhere the first one of a run only separates.
    let skipsBlank = false
    while (at < length) {
      const start = at
      let bits = unitClasses[text.charCodeAt(at)]!
      while ((bits & letter) !== 0) {
        at++
        bits = at < length ? unitClasses[text.charCodeAt(at)]! : space
      }
      if ((bits & space) !== 0 && at > start) {
        if (hasLetterSpecials && specials.mayHave(text, start, at)) splitter.split(text, start, at)
        else tokens.push(start, at, tokenKind.word)
      } else if ((bits & space) === 0) {
        while (at < length && (unitClasses[text.charCodeAt(at)]! & space) === 0) at++
        splitter.split(text, start, at)
      }
      if (at > start) skipsBlank = true
      if (at === length) break
      const gap = skipsBlank && text.charCodeAt(at) === blank ? at + 1 : at
      while (at < length && (unitClasses[text.charCodeAt(at)]! & space) !== 0) at++
      if (gap < at) tokens.push(gap, at, tokenKind.space)
    }
    splitSentences(text, tokens)
    return tokens
  }
}
