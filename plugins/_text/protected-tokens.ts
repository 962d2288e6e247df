/**
 * Tokens that the tokeniser would cut, such as `5G`: wherever one stands in a text, upper or lower case, a placeholder
 * of letters takes its place, and a token that is exactly the placeholder becomes the protected token as it was given.
 * As in the original DocSim: the placeholder of `5G` is `fuenfg`, so `5Gs` gives `fuenfgs` and `15G` gives `5G`.
 */
const digits = ['null', 'eins', 'zwei', 'drei', 'vier', 'fuenf', 'sechs', 'sieben', 'acht', 'neun']
const maxLetters = 15

/** Eight letters that depend on every character of a token: FNV-1a, a letter for four bits. */
function lettersOf(token: string): string {
  let hash = 0x811c9dc5
  for (const character of token) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193)
  return Array.from({ length: 8 }, (_, i) => String.fromCharCode(97 + ((hash >>> (4 * i)) & 15))).join('')
}

/** Letters only, 2 to 15: digits spelled in German, the rest left out; another one where that is taken or no token. */
function placeholderOf(lower: string, taken: ReadonlyMap<string, string>): string {
  const spelled = lower.replace(/\d/g, digit => digits[Number(digit)]!).replace(/[^\p{L}]/gu, '')
  const letters = [...spelled]
  if (letters.length >= 2 && letters.length <= maxLetters && !taken.has(spelled)) return spelled
  return letters.slice(0, maxLetters - 8).join('') + lettersOf(lower)
}

const anyOf = (texts: readonly string[], flags: string): RegExp =>
  new RegExp(texts.map(text => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('|'), flags)

export class ProtectedTokens {
  readonly #placeholders = new Map<string, string>()
  readonly #tokens = new Map<string, string>()
  readonly #pattern: RegExp | undefined
  readonly #signs: readonly string[]

  /** @param tokens  as the vocabulary has them; of two that differ in case only, the first counts */
  constructor(tokens: readonly string[]) {
    for (const token of tokens) {
      const lower = token.toLowerCase()
      if (lower === '' || this.#placeholders.has(lower)) continue
      const placeholder = placeholderOf(lower, this.#tokens)
      this.#placeholders.set(lower, placeholder)
      this.#tokens.set(placeholder, token)
    }
    const longestFirst = [...this.#placeholders.keys()].sort((a, b) => b.length - a.length)
    this.#pattern = longestFirst.length > 0 ? anyOf(longestFirst, 'gu') : undefined
    this.#signs = [...new Set([...this.#placeholders.keys(), ...this.#tokens.keys()])]
  }

  /** May `mark` or `restore` change anything of this lower-cased text? */
  occurIn(lower: string): boolean {
    for (const sign of this.#signs) {
      if (lower.includes(sign)) return true
    }
    return false
  }

  /** The lower-cased text with placeholders. */
  mark(lower: string): string {
    return this.#pattern ? lower.replace(this.#pattern, token => this.#placeholders.get(token)!) : lower
  }

  /** The protected token that a placeholder stands for; undefined for other tokens. */
  restore(token: string): string | undefined {
    return this.#tokens.get(token)
  }
}
