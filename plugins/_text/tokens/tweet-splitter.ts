import { classAt, digit, format, joined, letter, space, unitClasses, unitsOf } from './characters.js'
import { emojiEnd } from './emoji.js'
import { beginsFace } from './emoticons.js'
import { kindOf } from './kinds.js'
import type { LanguageRules } from './languages.js'
import { type TokenBuffer, tokenKind } from './tokens.js'
import { isOrdinalStop, numberEnd } from './tweet-numbers.js'
import { domainEnd, emailEnd, entityEnd, hashtagEnd, mentionEnd, urlEnd } from './tweet-signs.js'
import { goesOn, initialsEnd, isApostrophe, pushWord, wordEnd } from './tweet-words.js'

const [dot, slash, atSign, wideAtSign, hash, wideHash, ampersand, hyphen, bracket] = [...'./@＠#＃&-('].map(sign =>
  sign.charCodeAt(0),
) as [number, number, number, number, number, number, number, number, number]

/** Reads one token of a tweet after the other; the first rule that fits wins. */
export class TweetSplitter {
  readonly #rules: LanguageRules
  readonly #splitsHyphens: boolean
  readonly #tokens: TokenBuffer

  constructor(rules: LanguageRules, splitsHyphens: boolean, tokens: TokenBuffer) {
    this.#rules = rules
    this.#splitsHyphens = splitsHyphens && rules.name !== 'de'
    this.#tokens = tokens
  }

  /** Pushes what begins at a place that is no white space. @returns where it ends */
  read(text: string, at: number, end: number): number {
    const unit = text.charCodeAt(at)
    const bits = classAt(text, at, end)
    const face = beginsFace(unit) ? this.#face(text, at, end) : at
    if (face > at) return this.#push(at, face, tokenKind.emoticon)
    const emoji = emojiEnd(text, at, end)
    if (emoji > at) return this.#push(at, emoji, tokenKind.emoji)
    if ((bits & letter) !== 0) return this.#readWord(text, at, end)
    if ((bits & digit) !== 0) return this.#readNumber(text, at, end)
    if ((bits & joined) !== 0) return this.#pushWord(text, at, wordEnd(text, at, end, this.#splitsHyphens))
    return this.#readSign(text, at, end, unit, bits)
  }

  #push(start: number, end: number, kind: number): number {
    this.#tokens.push(start, end, kind)
    return end
  }

  #pushWord(text: string, start: number, end: number): number {
    pushWord(text, start, end, this.#rules, this.#tokens)
    return end
  }

  #face(text: string, at: number, end: number): number {
    const face = this.#rules.specials.longest(text, at, end, tokenKind.emoticon)
    if (face === undefined) return at
    const last = at + face.text.length
    const edges = unitClasses[text.charCodeAt(at)]! | unitClasses[text.charCodeAt(last - 1)]!
    if ((edges & (letter | digit)) !== 0 && goesOn(text, last, end)) return at
    // Nor is `Kosten:(netto)`.
    if (text.charCodeAt(last - 1) === bracket && goesOn(text, last, end)) return at
    // `Seite:3` is no face.
    const isFree = at === 0 || (unitClasses[text.charCodeAt(at - 1)]! & (letter | digit)) === 0
    if ((edges & digit) !== 0 && !isFree) return at
    // `://` is no face.
    return text.charCodeAt(last - 1) === slash && text.charCodeAt(last) === slash ? at : last
  }

  #readWord(text: string, at: number, end: number): number {
    const url = urlEnd(text, at, end)
    if (url > at) return this.#push(at, url, tokenKind.url)
    const last = wordEnd(text, at, end, this.#splitsHyphens)
    const next = last < end ? text.charCodeAt(last) : 0
    if (next === dot || next === atSign || next === 0x2b) {
      const address = this.#readAddress(text, at, end)
      if (address > at) return address
    }
    const initials = next === dot ? initialsEnd(text, at, end) : at
    if (initials > at) return this.#push(at, initials, tokenKind.word)
    if (next === dot || next === slash) {
      const special = this.#rules.specials.longest(text, at, Math.min(end, last + 8), tokenKind.word)
      if (
        special !== undefined &&
        at + special.text.length > last &&
        !this.#isCut(text, at + special.text.length, end)
      ) {
        return this.#pushWord(text, at, at + special.text.length)
      }
    }
    // `Bundes- und Landesrecht`.
    if (next === hyphen && this.#rules.name === 'de' && (unitClasses[text.charCodeAt(last + 1)] ?? space) === space) {
      return this.#push(at, last + 1, tokenKind.word)
    }
    return this.#pushWord(text, at, last)
  }

  #isCut(text: string, last: number, end: number): boolean {
    return goesOn(text, last, end) && text.charCodeAt(last - 1) !== dot
  }

  #readAddress(text: string, at: number, end: number): number {
    const email = emailEnd(text, at, end)
    if (email > at) return this.#push(at, email, tokenKind.email)
    const domain = domainEnd(text, at, end)
    return domain > at ? this.#push(at, domain, tokenKind.url) : at
  }

  #readNumber(text: string, at: number, end: number): number {
    const last = numberEnd(text, at, end)
    const next = last < end ? text.charCodeAt(last) : 0
    if (next === dot || next === atSign) {
      const address = this.#readAddress(text, at, end)
      if (address > at) return address
    }
    const word = wordEnd(text, last, end, this.#splitsHyphens)
    if (word > last) return this.#pushWord(text, at, word)
    const hasStop = this.#rules.name === 'de' && isOrdinalStop(text, at, last, end)
    return this.#push(at, hasStop ? last + 1 : last, tokenKind.number)
  }

  #readSign(text: string, at: number, end: number, unit: number, bits: number): number {
    if (unit === atSign || unit === wideAtSign) {
      const mention = mentionEnd(text, at, end)
      if (mention > at) return this.#push(at, mention, tokenKind.mention)
    }
    if (unit === hash || unit === wideHash) {
      const hashtag = hashtagEnd(text, at, end)
      if (hashtag > at) return this.#push(at, hashtag, tokenKind.hashtag)
    }
    if (unit === ampersand) {
      const entity = entityEnd(text, at)
      if (entity > at) return this.#push(at, entity, tokenKind.other)
    }
    if (isApostrophe(unit) && at + 1 < end) {
      const special = this.#rules.specials.longest(text, at, end, tokenKind.word)
      const last = at + (special?.text.length ?? 0)
      if (last > at && !goesOn(text, last, end)) return this.#push(at, last, tokenKind.word)
    }
    let last = at + unitsOf(bits)
    if (unit === dot || unit === hyphen) while (last < end && text.charCodeAt(last) === unit) last++
    else if ((bits & format) !== 0) while (last < end && (unitClasses[text.charCodeAt(last)]! & format) !== 0) last++
    return this.#push(at, last, kindOf(text, at, last))
  }
}
