import { type PrecisionRecall, precisionRecall } from './precision-recall.js'

export interface TagScore extends PrecisionRecall {
  /** Tokens that have the tag. */
  readonly gold: number
  /** Tokens that were given it. */
  readonly predicted: number
}

/** Tokens of one tag that were given another one. */
export interface Confusion {
  readonly gold: string
  readonly predicted: string
  readonly tokens: number
}

/** Counts which tags tokens have, and which they were given. */
export class TagTally {
  tokens = 0
  #hits = 0
  /** Gold tag -> predicted tag -> tokens. */
  readonly #counts = new Map<string, Map<string, number>>()

  /**
   * @param gold       one tag a token
   * @param predicted  the same tokens
   * @throws RangeError when the lists are not of one length
   */
  add(gold: readonly string[], predicted: readonly string[]): void {
    if (gold.length !== predicted.length) throw new RangeError(`${predicted.length} tags for ${gold.length} tokens`)
    for (const [i, tag] of gold.entries()) {
      const given = predicted[i]!
      const row = this.#counts.get(tag) ?? new Map<string, number>()
      this.#counts.set(tag, row)
      row.set(given, (row.get(given) ?? 0) + 1)
      if (tag === given) this.#hits++
    }
    this.tokens += gold.length
  }

  /** Share of tokens with the right tag; 0 where there are none. */
  get accuracy(): number {
    return this.tokens > 0 ? this.#hits / this.tokens : 0
  }

  /** Scores of one tag; all 0 where no token has it or was given it. */
  score(tag: string): TagScore {
    let predicted = 0
    for (const row of this.#counts.values()) predicted += row.get(tag) ?? 0
    const row = this.#counts.get(tag)
    const gold = row ? [...row.values()].reduce((sum, tokens) => sum + tokens, 0) : 0
    return { ...precisionRecall({ hits: row?.get(tag) ?? 0, predicted, gold }), gold, predicted }
  }

  /** Tags that tokens have or were given, by name. */
  tags(): string[] {
    const found = new Set(this.#counts.keys())
    for (const row of this.#counts.values()) for (const tag of row.keys()) found.add(tag)
    return [...found].sort()
  }

  /** What was taken for what, the most frequent first; of equally frequent ones, by name. */
  confusions(): Confusion[] {
    const found: Confusion[] = []
    for (const [gold, row] of this.#counts) {
      for (const [predicted, tokens] of row) if (gold !== predicted) found.push({ gold, predicted, tokens })
    }
    const name = ({ gold, predicted }: Confusion) => `${gold} ${predicted}`
    return found.sort((a, b) => b.tokens - a.tokens || (name(a) < name(b) ? -1 : 1))
  }
}
