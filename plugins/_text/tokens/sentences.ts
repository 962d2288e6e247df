import { classAt, punctuation, terminal, unitsOf } from './characters.js'
import { type TokenBuffer, tokenKind } from './tokens.js'

/**
 * Cuts the tokens into sentences: one ends after a token that is a single sentence terminal (`. ! ?` and those of other
 * scripts), with all punctuation tokens that follow. New lines end none.
 *
 * @see spaCy's `sentencizer`
 */
export function splitSentences(text: string, tokens: TokenBuffer): void {
  const { count, starts, ends, kinds } = tokens
  let isEnding = false
  for (let i = 0; i < count; i++) {
    const kind = kinds[i]!
    if (kind === tokenKind.punctuation) {
      if (!isEnding && isTerminal(text, starts[i]!, ends[i]!)) isEnding = true
    } else if (isEnding && !(kind === tokenKind.emoticon && isPunctuation(text, starts[i]!, ends[i]!))) {
      tokens.pushSentence(i)
      isEnding = false
    }
  }
  if (count > 0) tokens.pushSentence(count)
}

function isTerminal(text: string, start: number, end: number): boolean {
  const bits = classAt(text, start, end)
  return (bits & terminal) !== 0 && unitsOf(bits) === end - start
}

/** Are all characters punctuation? `;)` is, `:D` is not. */
export function isPunctuation(text: string, start: number, end: number): boolean {
  for (let i = start; i < end; ) {
    const bits = classAt(text, i, end)
    if ((bits & punctuation) === 0) return false
    i += unitsOf(bits)
  }
  return true
}
