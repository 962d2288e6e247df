import { ImportError } from './import-error.js'

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The words of rows, one after the other; of equal ones the first counts. */
export class RowWords {
  readonly list: string[] = []
  repeated = 0
  readonly #seen = new Set<string>()

  /**
   * @param place  of the row, for errors: `line 3`
   * @returns was it new?
   * @throws ImportError for what is no UTF-8
   */
  add(utf8: Uint8Array, place: () => string): boolean {
    let word: string
    try {
      word = decoder.decode(utf8)
    } catch {
      throw new ImportError(`${place()} has a word that is not UTF-8. Save the file again as UTF-8.`)
    }
    if (this.#seen.has(word)) {
      this.repeated++
      return false
    }
    this.#seen.add(word)
    this.list.push(word)
    return true
  }
}
