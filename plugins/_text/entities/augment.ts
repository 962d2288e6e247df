import { shuffle } from '../tagging/training/shuffle.js'
import type { EntitySentence } from './corpus.js'

/** Which share of sentences is learned from a second time, each in other letters. */
export interface Augmentation {
  readonly lower_case_share: number
  readonly upper_case_share: number
  readonly title_case_share: number
  readonly seed: number
}

const firstLetter = /^(\P{L}*)(\p{L})/u

const toTitleCase = (word: string): string => {
  const lower = word.toLowerCase()
  return lower.replace(firstLetter, (_, before: string, letter: string) => before + letter.toUpperCase())
}

/** What has no case: links, and mentions, whose case says nothing. */
const staysAsItIs = (word: string): boolean => word.startsWith('@') || word.includes('://')

/**
 * Sentences, and copies of some of them in lower case, in capitals and Titled As Headlines: case is what tweets play with
 * most. The same for a seed.
 */
export function augment(sentences: readonly EntitySentence[], settings: Augmentation): EntitySentence[] {
  const { lower_case_share, upper_case_share, title_case_share, seed } = settings
  const copies = [
    { share: lower_case_share, change: (word: string) => word.toLowerCase() },
    { share: upper_case_share, change: (word: string) => word.toUpperCase() },
    { share: title_case_share, change: toTitleCase },
  ]
  const all = [...sentences]
  for (const [i, { share, change }] of copies.entries()) {
    const order = Uint32Array.from(sentences, (_, number) => number)
    shuffle(seed, i)(order)
    const chosen = order.subarray(0, Math.round(share * sentences.length)).sort()
    for (const number of chosen) {
      const { words, entities, domain } = sentences[number]!
      const changed = words.map(word => (staysAsItIs(word) ? word : change(word)))
      if (changed.some((word, k) => word !== words[k])) all.push({ words: changed, entities, domain })
    }
  }
  return all
}
