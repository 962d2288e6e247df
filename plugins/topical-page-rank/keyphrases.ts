import { fail, type Log } from 'modelhost'
import type { Sentences, TaggedSentences } from './document.js'
import { maxTags } from './grammar/chunker.js'
import type { Model } from './model.js'
import { Ranker } from './ranker.js'
import { type Explanation, isText, type Request, type Response, type Word } from './request.js'
import { type TagSet, withTags } from './tag-set.js'

/** Topics with less of a text are not worth telling. */
const leastShare = 0.01

// `findKeyphrases` never pauses, so all models of a thread work in the same buffers.
let ranker = new Ranker()

/** @throws HostError REQUEST_INVALID where words with and without tags are mixed, or there is too much of anything */
export function findKeyphrases(model: Model, request: Request, log: Log): Response {
  let tagSet: TagSet | undefined
  try {
    tagSet = read(model, request)
    ranker.rank(tagSet, model)
    tell(model, log)
    const keyphrases = ranker.best(request.top ?? model.params.max_count, model.params.redundancy_removal)
    const answer = keyphrases.map((candidate): [string, number] => [
      phraseOf(candidate, model),
      ranker.scores[candidate]!,
    ])
    return request.explain ? explain(model, tagSet, answer) : answer
  } finally {
    ranker.document.clear()
    tagSet?.chunker.reset()
    if (ranker.isBloated) ranker = new Ranker()
  }
}

/** Reads what was sent into the ranker's document. @returns the tags that it has */
function read({ tools, tagSet, params }: Model, request: Request): TagSet {
  const { document } = ranker
  if (isText(request)) {
    document.readText(request.text, tools)
    return tagSet
  }
  const { sentences } = request
  const first = sentences.find(({ length }) => length > 0)?.[0]
  checkAlike(sentences, first)
  if (first === undefined || typeof first === 'string') {
    document.readSentences(sentences as Sentences, tools)
    return tagSet
  }
  const tagged = sentences as TaggedSentences
  const extended = withTags(tagSet, params, new Set(tagged.flatMap(words => words.map(([, tag]) => tag))))
  if (!extended) {
    throw fail('REQUEST_INVALID', { problem: `The request has too many tags; with the model's own ${maxTags} may be.` })
  }
  document.readTagged(tagged, extended.find, tools.stems)
  return extended
}

/** Words have all tags, or none has. */
function checkAlike(sentences: readonly (readonly Word[])[], first: Word | undefined): void {
  const type = typeof first
  for (const [i, words] of sentences.entries()) {
    const k = words.findIndex(word => typeof word !== type)
    if (k < 0) continue
    const [others, one] = type === 'string' ? ['no tags', 'one'] : ['tags', 'none']
    const problem = `sentences[${i}][${k}] has ${one}, words before it have ${others}. Send tags for all words, or for none.`
    throw fail('REQUEST_INVALID', { problem })
  }
}

/** Tells what is odd about an answer: once a model, as texts of one kind come often. */
function tell({ told }: Model, log: Log): void {
  const { candidates, graph, weights, pageRank } = ranker
  if (candidates.count === 0 || graph.nodeCount === 0) return
  if (weights.knownCount === 0 && !told.ofUnknown) {
    told.ofUnknown = true
    log.info({ words: graph.nodeCount }, 'no word of a text is in the vocabulary: topics have no say in its ranking')
  }
  if (!pageRank.hasConverged && !told.ofUnsettled) {
    told.ofUnsettled = true
    log.info({ words: graph.nodeCount }, 'the scores of a text did not settle; the last ones were answered')
  }
}

const phraseOf = (candidate: number, { params }: Model): string =>
  params.stemmed_phrases ? ranker.stemmedPhrase(candidate) : ranker.phrase(candidate)

function explain(model: Model, { names }: TagSet, keyphrases: [string, number][]): Explanation {
  const { document, candidates } = ranker
  ranker.findTopics(model)
  const tokens = Array.from({ length: document.tokenCount }, (_, token) => ({
    text: document.word(token),
    tag: names[document.tags[token]!]!,
    ...document.span(token),
  }))
  const all = Array.from(ranker.ranked, candidate => ({
    phrase: phraseOf(candidate, model),
    score: ranker.scores[candidate]!,
    occurrences: candidates.occurrences(candidate),
  }))
  const topics = Array.from(ranker.theta, (share, topic): [number, number] => [topic, share])
    .filter(([, share]) => share >= leastShare)
    .sort(([, a], [, b]) => b - a)
  return { keyphrases, tokens, candidates: all, topics }
}
