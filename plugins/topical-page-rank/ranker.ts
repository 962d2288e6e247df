import { firstDistinct, firstOf, order, scoreCandidates } from './best.js'
import { Candidates } from './candidates.js'
import { Document } from './document.js'
import { DocumentWords } from './document-words.js'
import { PageRank } from './page-rank.js'
import type { TagSet } from './tag-set.js'
import { TopicalWeights } from './topical-weights.js'
import type { TopicModel } from './topics/topic-model.js'
import { WordGraph } from './word-graph.js'

/** What candidates are ranked by. */
export interface RankSettings {
  readonly window: number
  /** Divide a score by the number of words? */
  readonly normalized: boolean
}

export interface RankModel {
  readonly topics: TopicModel
  /** Numbers of the vocabulary's words that do not count for topics; undefined where there are none. */
  readonly ignoredWords: ReadonlySet<number> | undefined
  readonly settings: RankSettings
}

/** What larger documents needed is given back. */
const maxKeptTokens = 20_000
const maxKeptEdges = 200_000

/**
 * Ranks the candidates of one document after the other, all in the same buffers:
 *
 *   document ─▶ chunks ─▶ candidates ───────────────────────────────────┐
 *      ├──────▶ word graph ─────────────────────┐                       ▼
 *      └──────▶ counts ─▶ theta ─▶ topical weights ─▶ PageRank ─▶ scores of candidates ─▶ ranking
 */
export class Ranker {
  readonly document = new Document()
  readonly candidates = new Candidates()
  readonly graph = new WordGraph()
  readonly words = new DocumentWords()
  readonly weights = new TopicalWeights()
  readonly pageRank = new PageRank()
  /** Topics of the document. */
  theta: Float64Array = new Float64Array(0)
  /** By candidate. */
  scores: Float64Array = new Float64Array(0)
  /** Candidates, best first. */
  ranked: Uint32Array = new Uint32Array(0)

  /** Ranks what was read into the document. */
  rank({ chunker, isNode }: TagSet, model: RankModel): void {
    const { document, candidates } = this
    chunker.reset()
    for (let sentence = 0, from = 0; sentence < document.sentenceCount; sentence++) {
      const to = document.sentenceEnds[sentence]!
      chunker.add(document.tags, from, to)
      from = to
    }
    candidates.build(chunker.chunks, document.stems)
    if (candidates.count > 0) this.#score(isNode, model)
    else this.#scoreNothing()
    this.ranked = order(this.scores)
  }

  /** Finds `theta`. */
  findTopics({ topics, ignoredWords }: RankModel): void {
    const { stems, tokenCount, stemTable } = this.document
    this.words.count(stems, tokenCount, stemTable, topics.vocabulary, ignoredWords)
    if (this.theta.length !== topics.topicCount) this.theta = new Float64Array(topics.topicCount)
    topics.transform(this.words.words, this.words.counts, this.words.length, this.theta)
  }

  /** The best candidates, at most `n`. */
  best(n: number, withoutRedundant: boolean): readonly number[] {
    return withoutRedundant
      ? firstDistinct(this.ranked, n, this.candidates, this.document.stems)
      : firstOf(this.ranked, n)
  }

  /** A candidate as it stands at its first occurrence, in lower case. */
  phrase(candidate: number): string {
    const from = this.candidates.tokens[candidate]!
    let phrase = this.document.word(from)
    for (let k = 1; k < this.candidates.lengths[candidate]!; k++) phrase += ` ${this.document.word(from + k)}`
    return phrase.toLowerCase()
  }

  /** The stems of a candidate. */
  stemmedPhrase(candidate: number): string {
    const { stems, stemTable } = this.document
    const from = this.candidates.tokens[candidate]!
    let phrase = stemTable.get(stems[from]!)
    for (let k = 1; k < this.candidates.lengths[candidate]!; k++) phrase += ` ${stemTable.get(stems[from + k]!)}`
    return phrase
  }

  /** Are its buffers so large that another one should take its place? */
  get isBloated(): boolean {
    return this.document.stems.length > 2 * maxKeptTokens || this.graph.columns.length > 4 * maxKeptEdges
  }

  #scoreNothing(): void {
    this.graph.clear()
    this.scores = new Float64Array(0)
  }

  #score(isNode: Uint8Array, model: RankModel): void {
    const { document, graph, weights, pageRank } = this
    graph.build(document, isNode, model.settings.window)
    this.findTopics(model)
    if (graph.nodeCount > 0) {
      weights.weigh(graph, document.stemTable, model.topics, this.theta)
      pageRank.run(graph, weights.shares)
    }
    this.scores = scoreCandidates(this.candidates, document.stems, graph, pageRank, model.settings.normalized)
  }
}
