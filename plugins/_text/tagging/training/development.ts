import type { Tagger } from '../tagger.js'
import type { TaggedSentence } from './corpus.js'
import type { Development } from './tools.js'

/** Share of words that a tagger gives their tags, 0 to 1. */
function accuracyOn(sentences: readonly TaggedSentence[], tagger: Tagger): number {
  let words = 0
  let right = 0
  for (const sentence of sentences) {
    const out = new Uint8Array(sentence.words.length)
    tagger.tagWords(sentence.words, out)
    for (const [i, tag] of sentence.tags.entries()) if (tagger.tags[out[i]!] === tag) right++
    words += out.length
  }
  return words > 0 ? right / words : 0
}

/** For `TaggerTools`: the accuracy on a development set. */
export const watchAccuracy =
  (sentences: readonly TaggedSentence[]) =>
  (tagger: Tagger): Development => {
    const score = accuracyOn(sentences, tagger)
    return { figures: { 'dev accuracy': score }, score }
  }
