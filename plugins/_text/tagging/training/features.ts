import { doubled } from '../../growing.js'
import type { Refuse } from '../../text-files.js'
import type { Template } from '../attributes.js'
import { expandTemplates } from '../expand.js'
import type { WordTables } from '../tables.js'
import type { Corpus } from './corpus.js'
import { Describer } from './describer.js'
import { Interner } from './interner.js'
import { cutSentences } from './pieces.js'

/** Sentences as the features of their words. */
export interface FeatureCorpus {
  readonly tagCount: number
  /** U32 [words + 1]: where each word's features begin; of all sentences, one after the other. */
  readonly wordFeatures: Uint32Array
  /** U32: numbers of features. */
  readonly features: Uint32Array
  /** U8 by word. */
  readonly gold: Uint8Array
  /** U32 [sentences + 1]: where each begins, in words. None has more than 256. */
  readonly sentences: Uint32Array
  /** U8 [tags + 2, tags]. @see Corpus */
  readonly allowed?: Uint8Array | undefined
  /** Two u32 by feature: its hash; of a copy for a domain, twice the number of the feature, and the domain. */
  readonly hashes: Uint32Array
}

export interface FeatureSettings {
  readonly templates: readonly Template[]
  readonly min_count: number
  /** Have features copies for each domain? */
  readonly hasCopies: boolean
}

/** The lower half of a feature's hash is odd, so that what is even is a copy. */
export const isCopy = (low: number): boolean => (low & 1) === 0

/** The features of all words. */
export function extractFeatures(
  corpus: Corpus,
  tables: WordTables,
  settings: FeatureSettings,
  refuse: Refuse,
): FeatureCorpus {
  const { templates, hasCopies } = settings
  const describer = new Describer(tables, templates)
  const expanded = expandTemplates(templates)
  const interner = new Interner()
  const pieces = cutSentences(corpus, refuse)
  const words = pieces.reduce((sum, piece) => sum + piece.words.length, 0)
  const wordFeatures = new Uint32Array(words + 1)
  const gold = new Uint8Array(words)
  const tagNumbers = new Map(corpus.tags.map((tag, i) => [tag, i]))
  const features = new NumberList()
  const sentences = [0]
  let word = 0
  for (const piece of pieces) {
    const hashes = describer.describe(piece.words)
    let at = 0
    for (const tag of piece.tags) {
      for (const template of expanded) {
        const low = hashes[at]!
        const high = hashes[at + 1]!
        at += 2
        if (low === 0) continue
        const number = interner.numberOf(low, high)
        features.push(number)
        if (hasCopies && template.hasCopies) features.push(interner.numberOf(2 * number, piece.domain))
      }
      gold[word++] = tagNumbers.get(tag)!
      wordFeatures[word] = features.length
    }
    sentences.push(word)
  }
  const all = {
    tagCount: corpus.tags.length,
    wordFeatures,
    features: features.numbers(),
    gold,
    sentences: Uint32Array.from(sentences),
    allowed: corpus.allowed,
    hashes: interner.hashes(),
  }
  return withoutRare(all, settings.min_count)
}

/** Leaves out features that occur less often; what is left has new numbers. */
function withoutRare(corpus: FeatureCorpus, minCount: number): FeatureCorpus {
  if (minCount <= 1) return corpus
  const { hashes, wordFeatures } = corpus
  const counts = new Uint32Array(hashes.length / 2)
  for (const feature of corpus.features) counts[feature]!++
  const renumbered = new Int32Array(counts.length).fill(-1)
  let count = 0
  for (let i = 0; i < counts.length; i++) if (counts[i]! >= minCount) renumbered[i] = count++
  const kept = new Uint32Array(2 * count)
  for (let i = 0; i < counts.length; i++) {
    const number = renumbered[i]!
    if (number < 0) continue
    const low = hashes[2 * i]!
    // A copy's feature is at least as frequent, and came first.
    kept[2 * number] = isCopy(low) ? 2 * renumbered[low / 2]! : low
    kept[2 * number + 1] = hashes[2 * i + 1]!
  }
  let to = 0
  for (let word = 0, i = 0; word + 1 < wordFeatures.length; word++) {
    for (; i < wordFeatures[word + 1]!; i++) {
      const number = renumbered[corpus.features[i]!]!
      if (number >= 0) corpus.features[to++] = number
    }
    // Read above, as the end of this word, before it is written.
    wordFeatures[word + 1] = to
  }
  return { ...corpus, features: corpus.features.slice(0, to), hashes: kept }
}

/** Numbers that grow in number. */
class NumberList {
  #numbers = new Uint32Array(1 << 16)
  length = 0

  push(number: number): void {
    if (this.length === this.#numbers.length) this.#numbers = doubled(this.#numbers)
    this.#numbers[this.length++] = number
  }

  numbers(): Uint32Array {
    return this.#numbers.subarray(0, this.length)
  }
}
