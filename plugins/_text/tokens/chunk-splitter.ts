import { doubled } from '../growing.js'
import { prefixLength, suffixLength } from './affixes.js'
import { classAt, digit, letter, unitClasses, unitsOf } from './characters.js'
import { beginsFace } from './emoticons.js'
import type { InfixRule } from './infixes.js'
import { kindOf, pushSpecial } from './kinds.js'
import type { LanguageRules } from './languages.js'
import { type TokenBuffer, tokenKind } from './tokens.js'
import { addressOf, emailAddress, notAddress } from './urls.js'

const apostrophe = 0x27

/**
 * Cuts a chunk, a stretch without white space:
 *
 *   special case? ─▶ its pieces
 *   prefix, suffix, prefix, suffix … until neither is left, or what is left is a special case
 *   what is left: special case? address? otherwise cut at infixes
 *   faces and double quotes that were cut (`:` `)`) become one token again
 */
export class ChunkSplitter {
  readonly #rules: LanguageRules
  readonly #infixLength: InfixRule
  readonly #tokens: TokenBuffer
  /** Lengths of the suffixes cut so far, the outermost first. */
  #suffixes = new Uint32Array(64)

  constructor(rules: LanguageRules, infixLength: InfixRule, tokens: TokenBuffer) {
    this.#rules = rules
    this.#infixLength = infixLength
    this.#tokens = tokens
  }

  split(text: string, chunkStart: number, chunkEnd: number): void {
    const { specials } = this.#rules
    const rules = this.#rules
    const tokens = this.#tokens
    const firstToken = tokens.count
    let start = chunkStart
    let end = chunkEnd
    let suffixCount = 0
    let special = specials.find(text, start, end)
    while (special === undefined && start < end) {
      let prefix = prefixLength(text, start, end, rules)
      let suffix = start + prefix < end ? suffixLength(text, start + prefix, end, rules) : 0
      if (prefix === 0 && suffix === 0) break
      if (prefix > 0 && suffix > 0) {
        // With one of the two still on it, it may be a special case: `:)` in `(:)`.
        if (specials.find(text, start + prefix, end) !== undefined) suffix = 0
        else if (specials.find(text, start, end - suffix) !== undefined) prefix = 0
      }
      if (prefix > 0) this.#push(text, start, start + prefix)
      if (suffix > 0) this.#keepSuffix(suffixCount++, suffix)
      start += prefix
      end -= suffix
      special = specials.find(text, start, end)
    }
    if (special !== undefined) pushSpecial(text, special, start, tokens)
    else if (start < end) this.#pushMiddle(text, start, end)
    while (suffixCount > 0) {
      const suffix = this.#suffixes[--suffixCount]!
      this.#push(text, end, end + suffix)
      end += suffix
    }
    if (this.#suffixes.length > 4096) this.#suffixes = new Uint32Array(64)
    if (tokens.count - firstToken > 1) this.#joinFaces(text, firstToken)
  }

  #keepSuffix(index: number, length: number): void {
    if (index === this.#suffixes.length) this.#suffixes = doubled(this.#suffixes)
    this.#suffixes[index] = length
  }

  #push(text: string, start: number, end: number): void {
    this.#tokens.push(start, end, kindOf(text, start, end))
  }

  #pushMiddle(text: string, start: number, end: number): void {
    const address = addressOf(text, start, end)
    if (address !== notAddress) {
      this.#tokens.push(start, end, address === emailAddress ? tokenKind.email : tokenKind.url)
      return
    }
    let pieceStart = start
    // What stands first is no infix.
    for (let i = start + unitsOf(classAt(text, start, end)); i < end; ) {
      const bits = unitClasses[text.charCodeAt(i)]!
      const length = (bits & (letter | digit)) !== 0 ? 0 : this.#infixLength(text, i, start, end)
      if (length > 0) {
        if (pieceStart < i) this.#push(text, pieceStart, i)
        this.#push(text, i, i + length)
        pieceStart = i + length
      }
      i += Math.max(length, 1)
    }
    if (pieceStart < end) this.#push(text, pieceStart, end)
  }

  /** Tokens of this chunk from an index on, which touch each other: `:` and `)` become `:)`. */
  #joinFaces(text: string, first: number): void {
    const { starts, ends, kinds, count } = this.#tokens
    let written = first
    for (let i = first; i < count; written++) {
      const start = starts[i]!
      let next = i + 1
      let end = ends[i]!
      let kind = kinds[i]!
      if (mayJoin(text.charCodeAt(start)) && this.#rules.specials.mayBegin(text, start)) {
        const last = this.#faceEnd(text, i, Math.min(count, i + 8))
        if (last > i) {
          end = ends[last]!
          kind = this.#rules.specials.find(text, start, end)!.kind
          next = last + 1
        }
      }
      starts[written] = start
      ends[written] = end
      kinds[written] = kind
      i = next
    }
    this.#tokens.count = written
  }

  /** The last token of the longest face that begins with a token; the token itself where there is none. */
  #faceEnd(text: string, first: number, limit: number): number {
    const { starts, ends } = this.#tokens
    for (let last = limit - 1; last > first; last--) {
      const kind = this.#rules.specials.find(text, starts[first]!, ends[last]!)?.kind
      if (kind === tokenKind.emoticon || kind === tokenKind.punctuation) return last
    }
    return first
  }
}

const mayJoin = (unit: number): boolean => beginsFace(unit) || unit === apostrophe
