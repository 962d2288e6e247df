import { ImportError } from './import-error.js'
import { quoted } from './pickle/quoted.js'
import { describePickled, type Value } from './pickle/values.js'

/** @throws ImportError where one of them is no text */
export function checkWords(values: readonly unknown[], what: string): readonly string[] {
  const odd = values.findIndex(value => typeof value !== 'string')
  if (odd >= 0)
    throw new ImportError(`number ${odd} of ${what} is ${describePickled(values[odd] as Value)}, not a word.`)
  return values as readonly string[]
}

/** @throws ImportError where one stands twice */
export function checkDistinct(words: readonly string[], what: string): void {
  const seen = new Set<string>()
  for (const word of words) {
    if (seen.has(word)) throw new ImportError(`the word ${quoted(word)} stands twice in ${what}.`)
    seen.add(word)
  }
}
