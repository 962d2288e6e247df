import type { Tokens } from '../tokens/tokens.js'
import type { Tagger } from './tagger.js'
import { TweetTags } from './tweet-tags.js'

/** Writes the tag of each token of a text, as the tagger numbers them. */
export type TextTagger = (text: string, tokens: Tokens, out: Uint8Array) => void

/** The tagger for texts of this kind: the signs of tweets have the tags that go with them. */
export function createTextTagger(tagger: Tagger, mode: 'text' | 'tweets'): TextTagger {
  if (mode === 'text') return (text, tokens, out) => tagger.tag(text, tokens, out)
  const tweetTags = new TweetTags(tagger.tags)
  return (text, tokens, out) => {
    const { starts, ends } = tokens
    const isRetweetMark = (i: number) => ends[i]! - starts[i]! === 2 && text.startsWith('RT', starts[i])
    tagger.tag(text, tokens, out, tweetTags.of(tokens, isRetweetMark))
  }
}
