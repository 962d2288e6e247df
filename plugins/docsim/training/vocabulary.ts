import { flatCopy } from '../../_text/flat-copy.js'
import { grown } from '../../_text/growing.js'

/** The words of a corpus and the two tables that training draws with. */

export interface Vocabulary {
  /** By count, descending; of equal counts the word that came first in the corpus stands last, as in gensim 4.4. */
  readonly words: readonly string[]
  readonly counts: Uint32Array
  /** Sum of `counts`. */
  readonly total: number
}

/** Documents as word numbers; words that are not in the vocabulary are left out. */
export interface Corpus {
  readonly vocabulary: Vocabulary
  /** Word numbers of all documents, one after the other. */
  readonly words: Uint32Array
  /** Where each document begins in `words`, and the end of the last: documents + 1 entries. */
  readonly offsets: Uint32Array
  /** Tokens of each document before words were left out. */
  readonly tokenCounts: Uint32Array
  /** In how many documents each word of the vocabulary is. */
  readonly documentCounts: Uint32Array
}

/** Reads documents into a corpus. Words that occur less than `minCount` times are left out. */
export class CorpusBuilder {
  readonly #numbers = new Map<string, number>()
  readonly #counts: number[] = []
  readonly #tokenCounts: number[] = []
  #tokens = new Uint32Array(1024)
  #length = 0

  get documents(): number {
    return this.#tokenCounts.length
  }

  get tokens(): number {
    return this.#length
  }

  add(tokens: readonly string[]): void {
    this.#tokens = grown(this.#tokens, this.#length + tokens.length)
    for (const token of tokens) {
      let number = this.#numbers.get(token)
      if (number === undefined) {
        number = this.#counts.length
        this.#numbers.set(flatCopy(token), number)
        this.#counts.push(0)
      }
      this.#counts[number]!++
      this.#tokens[this.#length++] = number
    }
    this.#tokenCounts.push(tokens.length)
  }

  build(minCount: number): Corpus {
    const counts = this.#counts
    const all = [...this.#numbers.keys()]
    const order = counts.map((_, i) => i).filter(i => counts[i]! >= minCount)
    order.sort((a, b) => counts[b]! - counts[a]! || b - a)
    const rank = new Int32Array(counts.length).fill(-1)
    for (const [place, number] of order.entries()) rank[number] = place
    const kept = Uint32Array.from(order, number => counts[number]!)
    const vocabulary = {
      words: order.map(number => all[number]!),
      counts: kept,
      total: kept.reduce((sum, count) => sum + count, 0),
    }
    const tokenCounts = Uint32Array.from(this.#tokenCounts)
    const numbered = this.#numbered(rank, vocabulary.total)
    return { vocabulary, ...numbered, tokenCounts, documentCounts: countDocuments(numbered, order.length) }
  }

  #numbered(rank: Int32Array, total: number): Pick<Corpus, 'words' | 'offsets'> {
    const words = new Uint32Array(total)
    const offsets = new Uint32Array(this.documents + 1)
    let from = 0
    let to = 0
    for (let document = 0; document < this.documents; document++) {
      const end = from + this.#tokenCounts[document]!
      for (; from < end; from++) {
        const place = rank[this.#tokens[from]!]!
        if (place >= 0) words[to++] = place
      }
      offsets[document + 1] = to
    }
    return { words, offsets }
  }
}

function countDocuments({ words, offsets }: Pick<Corpus, 'words' | 'offsets'>, wordCount: number): Uint32Array {
  const counts = new Uint32Array(wordCount)
  const lastSeen = new Int32Array(wordCount).fill(-1)
  for (let document = 0; document < offsets.length - 1; document++) {
    for (let i = offsets[document]!; i < offsets[document + 1]!; i++) {
      const word = words[i]!
      if (lastSeen[word] === document) continue
      lastSeen[word] = document
      counts[word]!++
    }
  }
  return counts
}

/**
 * Sub-sampling of frequent words: a word is kept when 32 random bits are at most its entry.
 *
 * @param sample  share of the corpus from which a word counts as frequent; 0 keeps all
 * @see gensim/models/word2vec.py: prepare_vocab
 */
export function keepThresholds({ counts, total }: Vocabulary, sample: number): Uint32Array {
  const threshold = sample === 0 ? total : sample * total
  return Uint32Array.from(counts, count => {
    const keep = (Math.sqrt(count / threshold) + 1) * (threshold / count)
    return Math.trunc(Math.min(1, keep) * 0xffff_ffff)
  })
}

const noiseExponent = 0.75

/**
 * The noise distribution, count^0.75, as running sums up to 2^31 - 1: a draw r in [0, last) means the first word whose
 * entry is at least r.
 *
 * @see gensim/models/word2vec.py: make_cum_table
 */
export function noiseTable({ counts }: Vocabulary): Uint32Array {
  let all = 0
  for (const count of counts) all += count ** noiseExponent
  let sum = 0
  return Uint32Array.from(counts, count => {
    sum += count ** noiseExponent
    return Math.round((sum / all) * 0x7fff_ffff)
  })
}

/**
 * Where to begin in the noise table: the first word for the smallest draw of each bucket. A bucket for each word or two
 * makes the search a step or so, where halving takes one for each bit of the vocabulary's size.
 *
 * @returns bucket r >>> shift -> the first word that draw r may mean
 */
export function noiseBuckets(noise: Uint32Array): { buckets: Uint32Array; shift: number } {
  const bits = Math.min(31, Math.max(4, Math.ceil(Math.log2(noise.length)) + 1))
  const shift = 31 - bits
  const buckets = new Uint32Array(2 ** bits)
  let word = 0
  for (let bucket = 0; bucket < buckets.length; bucket++) {
    while (word < noise.length - 1 && noise[word]! < bucket * 2 ** shift) word++
    buckets[bucket] = word
  }
  return { buckets, shift }
}
