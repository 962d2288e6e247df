/**
 * The letters of one word, of which steps cut some off or put others behind. What Porter's conditions ask is kept for
 * each beginning of the word, so that any answer takes one look.
 *
 * A vowel is a, e, i, o, u, and y behind a consonant; all other characters count as consonants.
 *
 * @see Porter 1980, An algorithm for suffix stripping, section 2
 */
export class Letters {
  count = 0
  /** Code points. */
  #codes = new Uint32Array(64)
  #isVowel = new Uint8Array(64)
  /** How many times a consonant follows a vowel in the first n letters: m of the paper. */
  #measures = new Uint32Array(65)
  /** How many vowels there are in the first n letters. */
  #vowels = new Uint32Array(65)

  /** @param word  lower-cased */
  open(word: string): void {
    if (word.length > this.#codes.length) this.#grow(word.length)
    this.count = 0
    for (let at = 0; at < word.length; at++) {
      const code = word.codePointAt(at)!
      if (code > 0xffff) at++
      this.#push(code)
    }
  }

  /** As a string. */
  toString(): string {
    let text = ''
    for (let at = 0; at < this.count; at++) text += String.fromCodePoint(this.#codes[at]!)
    return text
  }

  endsWith(suffix: Uint8Array): boolean {
    const start = this.count - suffix.length
    if (start < 0) return false
    for (let i = suffix.length - 1; i >= 0; i--) {
      if (this.#codes[start + i] !== suffix[i]) return false
    }
    return true
  }

  cut(letters: number): void {
    this.count -= letters
  }

  /** Puts letters behind; there are no more of them than were cut off, but for one. */
  append(letters: Uint8Array): void {
    for (let i = 0; i < letters.length; i++) this.#push(letters[i]!)
  }

  /** m of the first n letters. */
  measure(n: number): number {
    return this.#measures[n]!
  }

  hasVowel(n: number): boolean {
    return this.#vowels[n]! > 0
  }

  isConsonant(at: number): boolean {
    return this.#isVowel[at] === 0
  }

  code(at: number): number {
    return this.#codes[at]!
  }

  /** *d: two of the same consonant at the end; as NLTK has it, of yy the second counts. */
  endsDouble(): boolean {
    const { count } = this
    return count >= 2 && this.isConsonant(count - 1) && this.#codes[count - 1] === this.#codes[count - 2]
  }

  /**
   * *o: consonant, vowel, consonant end the first n letters, and the last is not w, x or y. NLTK adds: so do a vowel
   * and a consonant that are all there is.
   */
  endsShort(n: number): boolean {
    if (n < 2 || !this.isConsonant(n - 1) || this.isConsonant(n - 2)) return false
    return n === 2 || (this.isConsonant(n - 3) && !isWxy(this.#codes[n - 1]!))
  }

  #push(code: number): void {
    const at = this.count++
    const followsConsonant = at > 0 && this.#isVowel[at - 1] === 0
    const isVowel = isAlwaysVowel(code) || (code === 0x79 && followsConsonant)
    this.#codes[at] = code
    this.#isVowel[at] = isVowel ? 1 : 0
    this.#vowels[at + 1] = this.#vowels[at]! + (isVowel ? 1 : 0)
    this.#measures[at + 1] = this.#measures[at]! + (at > 0 && !isVowel && !followsConsonant ? 1 : 0)
  }

  #grow(length: number): void {
    this.#codes = new Uint32Array(length)
    this.#isVowel = new Uint8Array(length)
    this.#measures = new Uint32Array(length + 1)
    this.#vowels = new Uint32Array(length + 1)
  }
}

// a, e, i, o, u
const isAlwaysVowel = (code: number) =>
  code === 0x61 || code === 0x65 || code === 0x69 || code === 0x6f || code === 0x75
const isWxy = (code: number) => code >= 0x77 && code <= 0x79
