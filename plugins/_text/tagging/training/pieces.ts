import type { Refuse } from '../../text-files.js'
import { maxWords } from '../kernels/tagging.js'
import type { Corpus, TaggedSentence } from './corpus.js'

/** What is learned from as one sentence. */
export type Piece = Pick<TaggedSentence, 'words' | 'tags' | 'domain'>

/**
 * The sentences of a corpus, each with its joined form behind it; one of more than 256 words in pieces, as it is tagged,
 * but never cut where the next tag may not begin a sentence.
 *
 * @throws what `refuse` makes when a tag stands where it may not
 */
export function cutSentences(corpus: Corpus, refuse: Refuse): Piece[] {
  const order = new TagOrder(corpus)
  return corpus.sentences.flatMap(({ words, tags, domain, joined }) =>
    (joined ? [{ words, tags }, joined] : [{ words, tags }]).flatMap(sentence => {
      const problem = order.findProblem(sentence)
      if (problem) throw refuse(problem)
      return [...cut({ ...sentence, domain }, order, refuse)]
    }),
  )
}

function* cut({ words, tags, domain }: Piece, order: TagOrder, refuse: Refuse): Generator<Piece> {
  for (let from = 0, to = 0; from < words.length; from = to) {
    to = Math.min(from + maxWords, words.length)
    while (to > from && to < words.length && !order.mayCut(tags[to - 1]!, tags[to]!)) to--
    if (to === from) throw refuse(`there is a span of more than ${maxWords} words; it begins with "${words[from]}".`)
    yield { words: words.slice(from, to), tags: tags.slice(from, to), domain }
  }
}

/** Which tag may follow which. */
class TagOrder {
  readonly #numbers: ReadonlyMap<string | undefined, number>
  readonly #allowed: Uint8Array | undefined
  readonly #count: number

  constructor({ tags, allowed }: Pick<Corpus, 'tags' | 'allowed'>) {
    this.#numbers = new Map(tags.map((tag, i) => [tag, i]))
    this.#count = tags.length
    this.#allowed = allowed
  }

  /** @param before  undefined for the start @param tag  undefined for the end */
  #mayFollow(before: string | undefined, tag: string | undefined): boolean {
    if (!this.#allowed) return true
    const from = this.#numbers.get(before) ?? this.#count
    if (tag !== undefined) return this.#allowed[from * this.#count + this.#numbers.get(tag)!] === 1
    return before === undefined || this.#allowed[(this.#count + 1) * this.#count + from] === 1
  }

  mayCut(before: string, tag: string): boolean {
    return this.#mayFollow(before, undefined) && this.#mayFollow(undefined, tag)
  }

  findProblem({ words, tags }: Pick<Piece, 'words' | 'tags'>): string | undefined {
    for (let i = 0; i <= tags.length; i++) {
      if (this.#mayFollow(tags[i - 1], tags[i])) continue
      const place = i < tags.length ? `"${words[i]}" has the tag ${tags[i]}` : 'a sentence ends'
      return `${place} behind ${i > 0 ? `"${words[i - 1]}" with ${tags[i - 1]}` : 'the start'}, which may not be.`
    }
    return undefined
  }
}
