import { join } from 'node:path'
import { stopWords } from '../../plugins/_text/stop-words.js'
import { numbersOf } from '../../plugins/topical-page-rank/document-words.js'
import { Chunker } from '../../plugins/topical-page-rank/grammar/chunker.js'
import { GrammarError } from '../../plugins/topical-page-rank/grammar/parse-grammar.js'
import { Ranker } from '../../plugins/topical-page-rank/ranker.js'
import { stemsFor } from '../../plugins/topical-page-rank/stems.js'
import { tagSetOf } from '../../plugins/topical-page-rank/tag-set.js'
import type { TopicModel } from '../../plugins/topical-page-rank/topics/topic-model.js'
import { type Check, Tally } from './check.js'
import { readJson, readText } from './files.js'
import {
  type GoldDocument,
  type Run,
  readDocuments,
  readModel,
  readRuns,
  sha256,
  topicModel,
  type Variant,
} from './tpr-files.js'

const sets = ['inspec', 'ewt', 'claims', 'ud_german', 'posts', 'edge']
const tolerance = 1e-12
const nearTie = 1e-12
const defaultGrammar = 'NP:{<ADJ>*<NOUN|PROPN>+}'
const defaultPos = ['NOUN', 'PROPN', 'ADJ']

/** @param gold  the folder that holds tpr/; texts come from data/ beside it */
export async function checkTpr(gold: string): Promise<Check[]> {
  const folder = join(gold, 'tpr')
  const data = join(gold, '..', 'data')
  const checks: Check[] = []
  for (const set of sets) checks.push(...(await checkSet(folder, set, data)))
  return [checkChunks(folder), checkRefused(folder), await checkWorkedExample(folder), ...checks]
}

interface Tallies {
  /** Stems, nodes, edges, candidates. */
  readonly parts: Tally
  readonly counts: Tally
  readonly theta: Tally
  readonly weights: Tally
  readonly scores: Tally
  /** Order, best phrases. */
  readonly ranking: Tally
}

const ranker = new Ranker()

async function checkSet(folder: string, set: string, data: string): Promise<Check[]> {
  const documents = readDocuments(folder, set, data)
  const { variants } = readJson<{ variants: Record<string, Variant[]> }>(folder, 'variants.json')
  const models = new Map<string, TopicModel>()
  const names = ['parts', 'counts', 'theta', 'weights', 'scores', 'ranking'] as const
  const tallies = Object.fromEntries(names.map(name => [name, new Tally(`tpr ${set}: ${name}`)])) as unknown as Tallies
  for (const run of readRuns(folder, set)) {
    const document = documents.get(run.doc)!
    const variant = variants[document.language]!.find(({ name }) => name === run.variant)!
    if (!models.has(run.model)) models.set(run.model, readModel(folder, run.model))
    await rank(document, variant, models.get(run.model)!, data)
    compare(run, tallies)
  }
  return Object.values(tallies).map(({ check }) => check)
}

async function rank(document: GoldDocument, variant: Variant, topics: TopicModel, data: string): Promise<void> {
  const tagSet = tagSetOf({ grammar: variant.grammar ?? defaultGrammar, pos: variant.pos ?? defaultPos }, [])!
  const stems = await stemsFor(variant.normalization ?? 'none', document.language)
  ranker.document.readTagged(document.sentences, tagSet.find, stems)
  const listed = variant.stoplist
    ? readText(data, 'stopwords', `${variant.stoplist}.txt`).trim().split('\n')
    : undefined
  const ignoredWords = numbersOf(topics.vocabulary, listed ?? stopWords(document.language))
  const settings = { window: variant.window, normalized: variant.normalized ?? false }
  ranker.rank(tagSet, { topics, ignoredWords, settings })
}

function compare(run: Run, { parts, counts, theta, weights, scores, ranking }: Tallies): void {
  const what = `${run.doc}, ${run.variant}`
  const { document, candidates, graph } = ranker
  const stems = Array.from(document.stems.subarray(0, document.tokenCount), stem => document.stemTable.get(stem))
  parts.same(sha256(stems.join('\n')), run.stems_sha256, `${what}: stems`)
  const found = Array.from({ length: candidates.count }, (_, i) => [candidates.occurrences(i), candidates.lengths[i]])
  const expected = run.candidates.map(([tokens, length]) => [tokens, length])
  parts.same(found, expected, `${what}: candidates`)
  parts.same([...graph.nodeTokens.subarray(0, graph.nodeCount)], run.nodes, `${what}: nodes`)
  const edges = edgesOf()
  parts.same(
    [edges.length, edges.reduce((sum, [, , weight]) => sum + weight, 0)],
    [run.edges_n, run.edges_weight],
    what,
  )
  if (run.edges) parts.same(edges, inOrder(run.edges), `${what}: edges`)
  if (run.counts) counts.same(countsOf(), run.counts, `${what}: counts`)
  const near = (tally: Tally, actual: Float64Array, numbers: number[] | null | undefined, name: string) => {
    for (const [i, number] of (numbers ?? []).entries())
      tally.near(actual[i]!, number, tolerance, `${what}: ${name} ${i}`)
  }
  near(theta, ranker.theta, run.theta, 'theta')
  if (run.known) weights.same([...ranker.weights.isKnown.subarray(0, graph.nodeCount)], run.known, `${what}: known`)
  near(weights, ranker.weights.weights, run.W, 'W')
  if (run.W_sum !== undefined) weights.near(ranker.weights.sum, run.W_sum, tolerance, `${what}: sum of W`)
  near(weights, ranker.weights.shares, run.p, 'p')
  near(scores, ranker.pageRank.scores, run.x, 'x')
  // Where pke raises, no number is there, and ours are those of a uniform p.
  const isScored = run.error === null
  if (isScored)
    near(
      scores,
      ranker.scores,
      run.candidates.map(([, , weight]) => weight!),
      'score',
    )
  if (run.order) compareRanking(run, ranking, what)
}

function compareRanking(run: Run, ranking: Tally, what: string): void {
  const order = [...ranker.ranked]
  // Of neighbours that are as good as equal, but not equal, either may come first.
  const swapped = withGoldOrder(order, run)
  ranking.same(swapped, run.order, `${what}: order`)
  const isExact = order.every((candidate, i) => candidate === run.order![i])
  for (const { n, redundancy_removal: isDistinct, stemming, out, phrases_sha256: hash } of run.best ?? []) {
    if (!isExact) continue
    const best = ranker.best(n, isDistinct)
    ranking.same(best, out, `${what}: best ${n}`)
    const phrases = best.map(i => (stemming ? ranker.stemmedPhrase(i) : ranker.phrase(i)))
    ranking.same(sha256(phrases.join('\n')), hash, `${what}: phrases`)
  }
}

/** The order, with neighbours as in the gold where their scores are as good as equal, but for those that pke has equal. */
function withGoldOrder(order: readonly number[], { order: gold, candidates }: Run): number[] {
  const place = new Map(gold!.map((candidate, i) => [candidate, i]))
  const scores = candidates.map(([, , weight]) => weight!)
  const isNear = (a: number, b: number) =>
    Math.abs(ranker.scores[a]! - ranker.scores[b]!) < nearTie && Math.abs(scores[a]! - scores[b]!) < nearTie
  const isTurned = (a: number, b: number) => scores[a] === scores[b] && place.get(a)! > place.get(b)!
  const result: number[] = []
  for (let from = 0; from < order.length; ) {
    let to = from + 1
    while (to < order.length && isNear(order[to - 1]!, order[to]!)) to++
    const group = order.slice(from, to)
    const hasTurned = group.some((a, i) => group.slice(i + 1).some(b => isTurned(a, b)))
    result.push(...(hasTurned ? group : group.sort((a, b) => place.get(a)! - place.get(b)!)))
    from = to
  }
  return result
}

/** networkx gives an edge from whichever node it has met first. */
const inOrder = (edges: readonly [number, number, number][]) =>
  edges
    .map(([a, b, weight]) => [Math.min(a, b), Math.max(a, b), weight] as const)
    .sort(([a, b], [c, d]) => a - c || b - d)

function edgesOf(): [number, number, number][] {
  const { nodeCount, offsets, columns, weights } = ranker.graph
  const edges: [number, number, number][] = []
  for (let node = 0; node < nodeCount; node++) {
    for (let at = offsets[node]!; at < offsets[node + 1]!; at++) {
      if (columns[at]! > node) edges.push([node, columns[at]!, weights[at]!])
    }
  }
  return edges
}

const countsOf = () =>
  Array.from({ length: ranker.words.length }, (_, i) => [ranker.words.words[i], ranker.words.counts[i]])

interface ChunkGold {
  readonly sequences: string[][]
  readonly grammars: { readonly grammar: string; readonly chunks?: [number, number][][] }[]
  readonly rejected_or_special: {
    readonly grammar: string
    readonly nltk: string
    readonly chunks?: [number, number][][]
  }[]
}

function chunksOf(grammar: string, sequences: readonly string[][]): [number, number][][] {
  const tags = [...new Set(sequences.flat())]
  const chunker = new Chunker(grammar, tags)
  return sequences.map(sequence => {
    chunker.reset()
    chunker.add(
      Uint8Array.from(sequence, tag => tags.indexOf(tag)),
      0,
      sequence.length,
    )
    const { count, first, last } = chunker.chunks
    return Array.from({ length: count }, (_, i) => [first[i]!, last[i]!])
  })
}

function isRefused(grammar: string): boolean {
  try {
    new Chunker(grammar, ['NOUN'])
    return false
  } catch (error) {
    if (error instanceof GrammarError) return true
    throw error
  }
}

function checkChunks(folder: string): Check {
  const { sequences, grammars } = readJson<ChunkGold>(folder, 'chunks.json.gz')
  const tally = new Tally('tpr: chunks')
  for (const { grammar, chunks } of grammars) {
    if (chunks === undefined) {
      tally.same(isRefused(grammar), true, grammar)
      continue
    }
    const found = chunksOf(grammar, sequences)
    for (const [i, expected] of chunks.entries()) tally.same(found[i], expected, `${grammar} on ${sequences[i]}`)
  }
  return tally.check
}

/** Strip, split and merge rules, and rules with context, are refused; what else NLTK takes gives the same. */
function checkRefused(folder: string): Check {
  const { sequences, rejected_or_special: cases } = readJson<ChunkGold>(folder, 'chunks.json.gz')
  const tally = new Tally('tpr: odd grammars')
  for (const { grammar, nltk, chunks } of cases) {
    const isOther = /\}.*\{|<\{|>\{\}/.test(grammar.split('\n').at(-1)!) || /<.*>\{</.test(grammar)
    if (nltk !== 'accepted' || isOther) tally.same(isRefused(grammar), true, grammar)
    else tally.same(chunksOf(grammar, sequences.slice(0, chunks!.length)), chunks, grammar)
  }
  return tally.check
}

/** The worked example of the specification, through pke. */
async function checkWorkedExample(folder: string): Promise<Check> {
  const gold = readJson<
    Record<string, number[]> & { nodes: string[]; edges: unknown; counts: unknown; result: [string, number][] }
  >(folder, 'a8.json')
  const tally = new Tally('tpr: worked example')
  const words =
    'Die/DET neue/ADJ Studie/NOUN über/ADP Corona-Masken/NOUN ist/AUX falsch/ADJ ./PUNCT|' +
    'Masken/NOUN schützen/VERB vor/ADP neuen/ADJ Viren/NOUN ./PUNCT'
  const sentences = words.split('|').map(part => part.split(' ').map(pair => pair.split('/') as [string, string]))
  const topics = topicModel(
    ['masken', 'neue', 'neuen', 'studie', 'viren'],
    Float64Array.of(6, 1, 2, 1, 4, 1, 3, 1, 5, 1),
    0.5,
  )
  const variant = { name: 'a8', grammar: 'NP: {<ADJ>*<NOUN|PROPN>}', normalization: 'None', window: 10, model: '' }
  await rank({ id: 'a8', language: 'de', sentences }, variant, topics, '')
  const { stemTable } = ranker.document
  const { graph } = ranker
  tally.same(countsOf(), gold.counts, 'counts')
  tally.same(
    Array.from(graph.nodeStems.subarray(0, graph.nodeCount), stem => stemTable.get(stem)),
    gold.nodes,
    'nodes',
  )
  tally.same(edgesOf(), gold.edges, 'edges')
  const pairs = [
    [ranker.theta, 'theta'],
    [ranker.weights.weights, 'W'],
    [ranker.weights.shares, 'p'],
    [ranker.pageRank.scores, 'x'],
  ] as const
  for (const [actual, name] of pairs) {
    for (const [i, number] of gold[name]!.entries()) tally.near(actual[i]!, number, tolerance, `${name} ${i}`)
  }
  const best = ranker.best(10, false)
  tally.same(
    best.map(i => ranker.phrase(i)),
    gold.result.map(([phrase]) => phrase),
    'phrases',
  )
  for (const [i, [phrase, score]] of gold.result.entries())
    tally.near(ranker.scores[best[i]!]!, score, tolerance, phrase)
  return tally.check
}
