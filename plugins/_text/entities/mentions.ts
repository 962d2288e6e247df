import { outside } from './tags.js'

/** Sentence whose mentions are one token each, as the tokeniser has them. */
export interface JoinedSentence {
  readonly words: readonly string[]
  /** Of mentions those of their names. */
  readonly tags: readonly string[]
  /** Of each token: is it a mention? */
  readonly mentions: readonly boolean[]
  /** Of each token, the first of its tokens in the sentence as it was; then how many those are. */
  readonly places: readonly number[]
}

const handle = /^[A-Za-z0-9_]{1,20}$/
const mention = /^[@＠][A-Za-z0-9_]{1,20}$/

/** Is it a mention, with its sign? */
export const isMention = (text: string): boolean => mention.test(text)

/** Joins `@` and a name behind it, as the Broad Twitter Corpus cuts mentions. */
export function joinMentions(words: readonly string[], tags: readonly string[]): JoinedSentence {
  const joined = { words: [] as string[], tags: [] as string[], mentions: [] as boolean[], places: [] as number[] }
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    const name = words[i + 1]
    const isCut = word === '@' && name !== undefined && handle.test(name)
    joined.places.push(i)
    joined.words.push(isCut ? word + name : word)
    joined.mentions.push(isCut || isMention(word))
    joined.tags.push(isCut ? joinTags(tags[i]!, tags[i + 1]!) : tags[i]!)
    if (isCut) i++
  }
  joined.places.push(words.length)
  return joined
}

/** A mention is a name by itself: none goes on before or behind it. */
function joinTags(sign: string, name: string): string {
  const tag = name === outside ? sign : name
  return tag === outside ? outside : `U${tag.slice(1)}`
}
