import { Chunker, maxTags } from './grammar/chunker.js'

/** The tags that a model knows, and what it does with them. */
export interface TagSet {
  readonly names: readonly string[]
  /** Name → number; -1 where it is unknown. */
  find(name: string): number
  readonly chunker: Chunker
  /** By number: are its words nodes of the graph? */
  readonly isNode: Uint8Array
}

export interface TagSettings {
  readonly grammar: string
  /** Tags whose words are nodes of the graph. */
  readonly pos: readonly string[]
}

/** All of Universal Dependencies, and spaCy's for white space. */
const universal = 'ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X SPACE'.split(' ')

// Thousands of models share a grammar. Predictions of a lane never interleave, so they share its buffers too.
const known = new Map<string, TagSet>()
const maxKnown = 100

/**
 * The tag set of these names, in their order, and of the universal ones.
 *
 * @returns undefined where there are too many
 * @throws GrammarError
 */
export function tagSetOf(settings: TagSettings, names: readonly string[]): TagSet | undefined {
  const all = [...names, ...universal.filter(name => !names.includes(name))]
  if (all.length > maxTags) return undefined
  const key = JSON.stringify([settings.grammar, settings.pos, all])
  let found = known.get(key)
  if (!found) {
    found = makeTagSet(settings, all)
    if (known.size >= maxKnown) known.clear()
    known.set(key, found)
  }
  return found
}

// A tagger's tags come request after request, some in this one, some in the next: each set keeps what it has met, so that
// the grammar is compiled for a few requests, not for all.
const extended = new WeakMap<TagSet, TagSet>()

/**
 * The tag set with the tags of a caller in it, and those that callers had before.
 *
 * @returns undefined where there are too many
 */
export function withTags(tagSet: TagSet, settings: TagSettings, names: ReadonlySet<string>): TagSet | undefined {
  const unknownTo = (set: TagSet) => [...names].filter(name => set.find(name) < 0)
  const own = unknownTo(tagSet)
  if (own.length === 0) return tagSet
  const widest = extended.get(tagSet) ?? tagSet
  const more = unknownTo(widest)
  if (more.length === 0) return widest
  if (tagSet.names.length + own.length > maxTags) return undefined
  const all = [...widest.names, ...more]
  const set = makeTagSet(settings, all.length > maxTags ? [...tagSet.names, ...own] : all)
  extended.set(tagSet, set)
  return set
}

function makeTagSet({ grammar, pos }: TagSettings, names: readonly string[]): TagSet {
  const numbers = new Map(names.map((name, i) => [name, i]))
  return {
    names,
    find: name => numbers.get(name) ?? -1,
    chunker: new Chunker(grammar, names),
    isNode: Uint8Array.from(names, name => Number(pos.includes(name))),
  }
}
