const letters = 'enisratdhulcgmobwfkzpvüäöß'

/** Random words and texts, the same at each run. */
export class GeneratedTexts {
  readonly words: readonly string[]
  #seed = 7

  /** @param count  of different words, with lengths as German words have */
  constructor(count: number) {
    const words = new Set<string>()
    while (words.size < count) {
      const length = 2 + Math.floor(this.#random() * 5 + this.#random() * 7)
      words.add(Array.from({ length }, () => letters[Math.floor(this.#random() ** 2 * letters.length)]).join(''))
    }
    this.words = [...words]
  }

  /** Frequent words come first, as in any text. */
  text(length: number): string {
    return Array.from({ length }, () => this.words[Math.floor(this.#random() ** 4 * this.words.length)]).join(' ')
  }

  #random(): number {
    this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) >>> 0
    return this.#seed / 2 ** 32
  }
}
