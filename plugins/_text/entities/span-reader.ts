import { outside } from './tags.js'

/** Finds the names in tags as a tagger numbers them. */
export class SpanReader {
  /** Number of the tag of what is no name; -1 where there is none. */
  readonly outside: number
  /** By tag, 1 where it is of a name. */
  readonly isName: Uint8Array
  readonly #labels: readonly string[]
  readonly #begins: Uint8Array
  readonly #ends: Uint8Array

  /** @param tags  of the tagger: `O`, and those of BILOU; others are outside */
  constructor(tags: readonly string[]) {
    const of = (letters: string) => Uint8Array.from(tags, tag => Number(tag[1] === '-' && letters.includes(tag[0]!)))
    this.outside = tags.indexOf(outside)
    this.isName = of('BILU')
    this.#begins = of('BU')
    this.#ends = of('LU')
    this.#labels = tags.map((tag, i) => (this.isName[i] === 1 ? tag.slice(2) : ''))
  }

  /**
   * Calls `found` with each name: its label, its first token and its last. A tag that goes on where nothing of its label
   * is open begins a name.
   *
   * @param skipped  a tag that tokens have which nobody sees: white space
   */
  read(
    tags: Uint8Array,
    count: number,
    skipped: number,
    found: (label: string, first: number, last: number) => void,
  ): void {
    let label = ''
    let first = 0
    let last = 0
    for (let i = 0; i < count; i++) {
      const tag = tags[i]!
      if (tag === skipped) continue
      const own = this.#labels[tag]!
      if (label !== '' && (own !== label || this.#begins[tag] === 1)) {
        found(label, first, last)
        label = ''
      }
      if (own === '') continue
      if (label === '') {
        label = own
        first = i
      }
      last = i
      if (this.#ends[tag] !== 1) continue
      found(label, first, last)
      label = ''
    }
    if (label !== '') found(label, first, last)
  }
}
