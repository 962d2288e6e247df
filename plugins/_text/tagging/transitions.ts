/** Which tag may follow which, and what that weighs. */

/** Where no tag may follow: below any sum of scores that a sentence can have, fixed tags and all. */
export const forbidden = -0x2000_0000

const alignUp = (n: number, to: number) => Math.ceil(n / to) * to

/** Numbers of a row in memory: whole vectors of four. */
export const transitionWidth = (tags: number): number => alignUp(tags, 4)

export interface Transitions {
  readonly tags: readonly string[]
  /** I16 [tags + 1, tags]: from each tag, then from the start of a sentence. */
  readonly transitions: Int16Array
  /** U8 [tags + 2, tags], 1 where a tag may follow: from each tag, from the start, and may it end? Absent: all may. */
  readonly allowed: Uint8Array | undefined
}

/** I32 rows in vectors of four: from each tag, from the start, to the end. */
export function transitionRows({ tags, transitions, allowed }: Transitions): Int32Array {
  const count = tags.length
  const width = transitionWidth(count)
  const rows = new Int32Array((count + 2) * width).fill(forbidden)
  for (let from = 0; from < count + 2; from++) {
    for (let to = 0; to < count; to++) {
      const isAllowed = allowed === undefined || allowed[from * count + to] === 1
      const weight = from <= count ? transitions[from * count + to]! : 0
      if (isAllowed) rows[from * width + to] = weight
    }
  }
  return rows
}

/**
 * What tags of spans may follow each other: `B-x` begins a span of more than one word, `I-x` goes on, `L-x` ends it, `U-x`
 * is a whole one; any other tag, such as `O`, is outside.
 *
 * @returns U8 [tags + 2, tags], as `Corpus.allowed`
 * @see Ratinov and Roth 2009, Design Challenges and Misconceptions in Named Entity Recognition
 */
export function allowedSpans(tags: readonly string[]): Uint8Array {
  const insideOf = (tag: string) => (/^[BI]-/.test(tag) ? tag.slice(2) : '')
  const continued = (tag: string) => (/^[IL]-/.test(tag) ? tag.slice(2) : '')
  const rows = ['', ...tags].map(from => tags.map(to => (insideOf(from) === continued(to) ? 1 : 0)))
  const [start, ...others] = rows
  return Uint8Array.from([...others, start!, tags.map(tag => (insideOf(tag) === '' ? 1 : 0))].flat())
}
