import { type Tokens, tokenKind } from '../tokens/tokens.js'
import type { CutText } from './cut-text.js'
import type { Entity } from './tags.js'

/** Names of a text as names of its tokens. */
export interface Aligned {
  /** Of tokens, in order, none over another. */
  readonly entities: readonly Entity[]
  /** Names that began or ended within a token and were widened to all of it. */
  readonly widened: number
  /** Names that had no token of their own. */
  readonly dropped: number
}

/**
 * The tokens of each name. White space at its ends is left out; a name that begins or ends within a token gets all of
 * it, and one that then has no token of its own is dropped.
 *
 * @param entities  in order, none over another; in UTF-16 units of the text as it was given
 */
export function alignEntities({ tokens, original }: CutText, entities: readonly Entity[]): Aligned {
  const { count, starts, ends, kinds } = tokens
  const found: Entity[] = []
  let widened = 0
  let dropped = 0
  let token = 0
  for (const { label, start, end } of entities) {
    while (token < count && (original(ends[token]!) <= start || kinds[token] === tokenKind.space)) token++
    const first = token
    let last = first
    let inked = first
    for (; last < count && original(starts[last]!) < end; last++) if (kinds[last] !== tokenKind.space) inked = last + 1
    if (inked === first) {
      dropped++
      continue
    }
    token = inked
    if (original(starts[first]!) < start || original(ends[inked - 1]!) > end) widened++
    found.push({ label, start: first, end: inked })
  }
  return { entities: found, widened, dropped }
}

/** A sentence of a text: numbers of its tokens, without white space. */
export type SentenceTokens = readonly number[]

/** The sentences of a text, of which those are one that a name goes through. */
export function sentencesOf(
  { kinds, sentenceCount, sentenceEnds }: Tokens,
  entities: readonly Entity[],
): SentenceTokens[] {
  const sentences: number[][] = []
  let sentence: number[] = []
  let next = 0
  let token = 0
  for (let i = 0; i < sentenceCount; i++) {
    const end = sentenceEnds[i]!
    for (; token < end; token++) if (kinds[token] !== tokenKind.space) sentence.push(token)
    while (next < entities.length && entities[next]!.end <= end) next++
    if (next < entities.length && entities[next]!.start < end) continue
    if (sentence.length > 0) sentences.push(sentence)
    sentence = []
  }
  return sentences
}
