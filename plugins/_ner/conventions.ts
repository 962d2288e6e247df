import type { EntitySentence } from '../_text/entities/corpus.js'
import type { Entity } from '../_text/entities/tags.js'

const startsWord = /^[\p{L}\p{N}_]/u
const handle = /^[A-Za-z0-9_]{1,20}$/

/**
 * Sentences of all sets by the same conventions: a hashtag is one token, as the tokeniser has it; `RT name :`
 * has a mention, also where its `@` got lost; titles are outside of names.
 */
export function unify(sentence: EntitySentence, titles: ReadonlySet<string>): EntitySentence {
  return withoutTitles(withMentions(joinHashtags(sentence)), titles)
}

/** Joins `#` and the word behind it, as the Broad Twitter Corpus cuts hashtags. */
export function joinHashtags({ words, entities, domain }: EntitySentence): EntitySentence {
  const joined: string[] = []
  /** Of each old word, its new place. */
  const places: number[] = []
  for (let i = 0; i < words.length; i++) {
    const next = words[i + 1]
    const isCut = words[i] === '#' && next !== undefined && startsWord.test(next)
    places.push(joined.length)
    if (isCut) places.push(joined.length)
    joined.push(isCut ? `#${next}` : words[i]!)
    if (isCut) i++
  }
  places.push(joined.length)
  const moved = entities.map(({ label, start, end }) => ({ label, start: places[start]!, end: places[end - 1]! + 1 }))
  return { words: joined, entities: moved, domain }
}

function withMentions({ words, entities, domain }: EntitySentence): EntitySentence {
  const isNamed = (place: number) => entities.some(({ start, end }) => start <= place && place < end)
  const changed = words.map((word, i) => {
    const isRetweeted = words[i - 1] === 'RT' && words[i + 1] === ':' && handle.test(word) && !isNamed(i)
    return isRetweeted ? `@${word}` : word
  })
  return { words: changed, entities, domain }
}

function withoutTitles({ words, entities, domain }: EntitySentence, titles: ReadonlySet<string>): EntitySentence {
  const isTitle = (word: string) => titles.has(word.toLowerCase())
  const shortened = entities.map((entity): Entity => {
    let { start } = entity
    if (entity.label !== 'PER') return entity
    while (start + 1 < entity.end && isTitle(words[start]!)) {
      start++
      if (words[start] === '.' && start + 1 < entity.end) start++
    }
    return { ...entity, start }
  })
  return { words, entities: shortened, domain }
}
