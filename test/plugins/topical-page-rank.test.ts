import fc from 'fast-check'
import { TensorFile } from 'modelhost'
import t from 'tap'
import { createTokenizer } from '../../plugins/_text/tokens/tokenizer.js'
import { Document, type TaggedSentences } from '../../plugins/topical-page-rank/document.js'
import { DocumentWords, numbersOf } from '../../plugins/topical-page-rank/document-words.js'
import { PageRank } from '../../plugins/topical-page-rank/page-rank.js'
import { Ranker } from '../../plugins/topical-page-rank/ranker.js'
import { stemsFor } from '../../plugins/topical-page-rank/stems.js'
import { StringIds } from '../../plugins/topical-page-rank/string-ids.js'
import { tagSetOf } from '../../plugins/topical-page-rank/tag-set.js'
import { readTopicModel } from '../../plugins/topical-page-rank/topics/topic-model.js'
import { WordGraph } from '../../plugins/topical-page-rank/word-graph.js'
import { exampleModelFile } from '../helpers/topical-page-rank-artifact.js'
import { graphTwin, pageRankTwin, type StemToken } from '../twins/keyphrases.js'

const topics = readTopicModel(new TensorFile(exampleModelFile()))
const original = { grammar: 'NP: {<ADJ>*<NOUN|PROPN>}', pos: ['NOUN', 'PROPN', 'ADJ'] }

const parse = (text: string): TaggedSentences =>
  text.split(' | ').map(sentence => sentence.split(' ').map(pair => pair.split('/') as [string, string]))

interface Ways {
  readonly grammar?: string
  readonly pos?: readonly string[]
  readonly window?: number
  readonly normalized?: boolean
  readonly stopWords?: readonly string[]
}

function rank(text: string, ways: Ways = {}): Ranker {
  const ranker = new Ranker()
  const tagSet = tagSetOf({ ...original, ...ways }, [])!
  ranker.document.readTagged(parse(text), tagSet.find, undefined)
  const settings = { window: ways.window ?? 10, normalized: ways.normalized ?? false }
  ranker.rank(tagSet, { topics, ignoredWords: numbersOf(topics.vocabulary, ways.stopWords ?? []), settings })
  return ranker
}

const best = (ranker: Ranker, n = 10, isDistinct = false) => ranker.best(n, isDistinct).map(i => ranker.phrase(i))
const nodesOf = ({ graph, document }: Ranker) =>
  Array.from(graph.nodeStems.subarray(0, graph.nodeCount), stem => document.stemTable.get(stem))

function edgesOf({ nodeCount, offsets, columns, weights }: WordGraph): Map<string, number> {
  const edges = new Map<string, number>()
  for (let node = 0; node < nodeCount; node++) {
    for (let at = offsets[node]!; at < offsets[node + 1]!; at++) {
      if (columns[at]! > node) edges.set(`${node} ${columns[at]}`, weights[at]!)
    }
  }
  return edges
}

const isNear = (actual: ArrayLike<number>, expected: readonly number[], tolerance: number): boolean =>
  expected.every((number, i) => Math.abs(actual[i]! - number) < tolerance)

// Worked through by hand for the specification, and by pke 1.8.
const example =
  'Die/DET neue/ADJ Studie/NOUN über/ADP Corona-Masken/NOUN ist/AUX falsch/ADJ ./PUNCT | ' +
  'Masken/NOUN schützen/VERB vor/ADP neuen/ADJ Viren/NOUN ./PUNCT'

t.test('the worked example comes out as pke has it, step by step', async t => {
  const ranker = rank(example, { stopWords: ['die', 'ist', 'vor', 'über'] })
  const { words, theta, graph, weights, pageRank } = ranker
  t.same([...words.counts.subarray(0, words.length)], [2, 1, 1, 1, 1], 'half of corona-masken is masken')
  t.ok(isNear(theta, [0.6449419403188804, 0.3550580596811196], 1e-14))
  t.same(nodesOf(ranker), ['neue', 'studie', 'corona-masken', 'falsch', 'masken', 'neuen', 'viren'])
  const edges = edgesOf(graph)
  t.equal(edges.size, 18)
  t.ok([...edges.values()].every(weight => weight === 1))
  t.notOk(edges.has('0 5') || edges.has('0 6'), 'neue is too far from neuen and viren')
  t.ok(edges.has('1 5'))
  t.same([...weights.isKnown.subarray(0, 7)], [1, 1, 0, 0, 1, 1, 1])
  const least = 0.6124183047803643
  const cosines = [0.6884858673267302, least, least, least, 0.9570272035034209, 0.9979857349464589, 0.981009851872464]
  t.ok(isNear(weights.weights, cosines, 1e-14))
  t.ok(isNear(weights.shares, [0.12605559692432064, 0.11212830740624867], 1e-14))
  const x = [0.11100106606839583, 0.13432120319236962, 0.1601148859391911, 0.1601148859391911, 0.16840464710962827]
  t.ok(isNear(pageRank.scores, [...x, 0.1451639917683873, 0.12087931998283655], 1e-14))
  t.equal(pageRank.rounds, 6)
  t.same(best(ranker), ['neuen viren', 'neue studie', 'masken', 'corona-masken'])
  const scores = [0.26604331175122387, 0.24532226926076545, 0.16840464710962827, 0.1601148859391911]
  t.ok(
    isNear(
      ranker.best(4, false).map(i => ranker.scores[i]!),
      scores,
      1e-14,
    ),
  )
})

t.test('a window counts tokens of any tag, goes across sentences, and never joins a word with itself', async t => {
  const { graph } = rank('A/NOUN und/CCONJ B/NOUN ./PUNCT | a/NOUN B/NOUN', { window: 3 })
  t.same([...edgesOf(graph)], [['0 1', 3]], 'A-B, B-a across the border, a-B')
  t.equal(edgesOf(rank('A/NOUN und/CCONJ B/NOUN', { window: 2 }).graph).size, 0)
})

t.test('words that are nodes somewhere make edges only where their tag does', async t => {
  const { graph } = rank('gut/ADV Rat/NOUN x/X x/X x/X gut/ADJ Tat/NOUN', { window: 3 })
  t.same([...edgesOf(graph)], [['1 2', 1]])
})

t.test('words without company share what the walk loses among topics', async t => {
  const ranker = rank('Impfung/NOUN')
  t.equal(ranker.scores[0], 1, 'one word alone has it all')
  const apart = rank('Masken/NOUN x/X x/X Studie/NOUN', { window: 2 })
  t.ok(isNear(apart.pageRank.scores, Array.from(apart.weights.shares.subarray(0, 2)), 1e-12))
})

t.test('where no word is in the vocabulary all weigh alike, and equal scores keep the order of the text', async t => {
  const ranker = rank('Alpha/NOUN und/CCONJ Beta/NOUN und/CCONJ Gamma/NOUN')
  t.equal(ranker.weights.knownCount, 0)
  t.same([...ranker.weights.shares.subarray(0, 3)], [1 / 3, 1 / 3, 1 / 3])
  t.same(best(ranker), ['alpha', 'beta', 'gamma'])
  t.ok(isNear(ranker.theta, [0.5, 0.5], 1e-15))
})

t.test('a word is lower-cased as it stands alone, also where the text around it would make it another', async t => {
  const document = new Document()
  const tokenize = createTokenizer({ language: 'de', mode: 'text', split_hyphens: false })
  const stemsOf = (text: string) => {
    document.readText(text, { tokenize, tagText() {}, tagger: {} as never, stems: undefined })
    return Array.from(document.stems.subarray(0, document.tokenCount), stem => document.stemTable.get(stem))
  }
  t.same(stemsOf('Die ΟΔΟΣ'), ['die', 'οδος'])
  t.same(stemsOf('Die ΟΔΟΣ:ΑΒΓ'), ['die', 'οδος', ':', 'αβγ'], 'final sigma, though a letter follows')
  t.same(stemsOf('İzmir Köln'), ['i̇zmir', 'köln'], 'one unit longer, so that places move')
})

t.test('where a damaged model gives no word any weight, all weigh alike', async t => {
  const ranker = new Ranker()
  const tagSet = tagSetOf(original, [])!
  ranker.document.readTagged(parse('neue/ADJ Masken/NOUN'), tagSet.find, undefined)
  const damaged = {
    topicCount: 2,
    vocabulary: topics.vocabulary,
    transform: (_words: unknown, _counts: unknown, _length: number, out: Float64Array) => void out.fill(0.5),
    wordTopics: (_word: number, out: Float64Array) => void out.fill(0),
  }
  ranker.rank(tagSet, { topics: damaged, ignoredWords: undefined, settings: { window: 10, normalized: false } })
  t.same([...ranker.weights.shares.subarray(0, 2)], [0.5, 0.5])
  t.same([...ranker.scores], [1])
})

t.test('candidates with the same stems are one, shown as it stands first', async t => {
  const ranker = rank('Neue/ADJ MASKEN/NOUN und/CCONJ neue/ADJ Masken/NOUN ./PUNCT | Masken/NOUN')
  t.equal(ranker.candidates.count, 2)
  t.same([ranker.candidates.occurrences(0), ranker.candidates.occurrences(1)], [[0, 3], [6]])
  t.same(rank('Rat/NOUN x/X Rat/NOUN x/X Rat/NOUN').candidates.occurrences(0), [0, 2, 4])
  t.same(best(ranker), ['neue masken', 'masken'])
})

t.test('a candidate is worth the sum of its words, or their mean', async t => {
  const text = 'gute/ADJ gute/ADJ Masken/NOUN helfen/VERB'
  const ranker = rank(text)
  const [good, masks] = ranker.pageRank.scores
  t.equal(ranker.scores[0], good! + good! + masks!)
  t.equal(rank(text, { normalized: true }).scores[0], (good! + good! + masks!) / 3)
})

t.test('words of a candidate that are no nodes count nothing', async t => {
  const ranker = rank('Haus/NOUN am/ADP See/NOUN', { grammar: 'NP: {<NOUN><ADP><NOUN>}' })
  t.same(best(ranker), ['haus am see'])
  t.ok(Math.abs(ranker.scores[0]! - 1) < 1e-12)
  t.equal(rank('am/ADP', { grammar: 'NP: {<ADP>}' }).scores[0], 0)
})

t.test('without candidates there is nothing', async t => {
  const ranker = rank('Das/DET stimmt/VERB nicht/PART')
  t.same([best(ranker), ranker.graph.nodeCount, ranker.scores.length], [[], 0, 0])
})

t.test('redundant candidates are those whose words are a run of words of a better one', async t => {
  const grammar = 'NP: {<ADJ|NOUN>+}'
  const text = 'neue/ADJ FFP2/NOUN Masken/NOUN und/CCONJ FFP2/NOUN Masken/NOUN und/CCONJ neue/ADJ Masken/NOUN'
  const ranker = rank(text, { grammar })
  t.same(best(ranker), ['neue ffp2 masken', 'ffp2 masken', 'neue masken'])
  t.same(best(ranker, 10, true), ['neue ffp2 masken', 'neue masken'])
  t.same(best(ranker, 1, true), ['neue ffp2 masken'])
})

t.test('German stems leave stop words as they are, English ones know irregular forms', async t => {
  const stemsOf = async (language: string, words: readonly string[]) => {
    const stems = (await stemsFor('stemming', language))!
    stems.beginDocument()
    return words.map(word => stems.stemOf(stems.numberOf(word, 0, word.length)))
  }
  t.same(await stemsOf('de', ['Impfungen', 'ALLEN', 'Häuser', 'ALLEN']), ['impfung', 'allen', 'haus', 'allen'])
  t.same(await stemsOf('en', ['networks', 'dying']), ['network', 'die'])
  for (const none of ['None', 'none', null, '']) t.equal(await stemsFor(none, 'de'), undefined)
})

t.test('stems are the same however many words came before', async t => {
  const stems = (await stemsFor('stemming', 'de'))!
  const ranker = new Ranker()
  const tagSet = tagSetOf(original, [])!
  const read = (words: readonly string[]) => {
    ranker.document.readTagged([words.map(word => [word, 'NOUN'] as const)], tagSet.find, stems)
    const { tokenCount, stemTable } = ranker.document
    return Array.from(ranker.document.stems.subarray(0, tokenCount), stem => stemTable.get(stem))
  }
  const few = ['Häuser', 'Haus', 'Hauses']
  t.same(read(few), ['haus', 'haus', 'haus'])
  t.same(read(['Masken', 'Haus']), ['mask', 'haus'], 'in another order too')
  t.equal(new Set(read(Array.from({ length: 30_000 }, (_, i) => `Wort${i}`))).size, 30_000)
  t.same(read(few), ['haus', 'haus', 'haus'])
})

const stem = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
const tokens = fc.array(fc.tuple(stem, fc.boolean()), { maxLength: 60 })

function buildGraph(tokens: readonly StemToken[], window: number) {
  const stemTable = new StringIds()
  const stems = Uint32Array.from(tokens, ([stem]) => stemTable.add(stem))
  const tags = Uint8Array.from(tokens, ([, isNode]) => Number(isNode))
  const graph = new WordGraph()
  graph.build({ tokenCount: tokens.length, tags, stems, stemTable }, Uint8Array.of(0, 1), window)
  const nodes = Array.from(graph.nodeStems.subarray(0, graph.nodeCount), stem => stemTable.get(stem))
  return { graph, nodes }
}

t.test('any document has the graph and the scores of the plain form', async () => {
  const pageRank = new PageRank()
  fc.assert(
    fc.property(
      tokens,
      fc.integer({ min: 2, max: 12 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
      (tokens, window, p) => {
        const { graph, nodes } = buildGraph(tokens, window)
        const twin = graphTwin(tokens, window)
        const isSameGraph =
          JSON.stringify(nodes) === JSON.stringify(twin.nodes) &&
          JSON.stringify([...edgesOf(graph)].sort()) === JSON.stringify([...twin.edges].sort())
        if (!isSameGraph || nodes.length === 0) return isSameGraph
        const weights = Array.from(p.take(nodes.length))
        const total = weights.reduce((sum, weight) => sum + weight, 0)
        const shares = weights.map(weight => weight / total)
        pageRank.run(graph, Float64Array.from(shares))
        // To the last bit: else scores that are equal in pke may differ here, and so the order.
        return pageRankTwin(twin, shares).every((score, node) => score === pageRank.scores[node])
      },
    ),
    { numRuns: 500 },
  )
})

t.test('a graph of thousands of words is the same however its edges come', async t => {
  const count = 3000
  const tokens = Array.from({ length: count * 3 }, (_, i): StemToken => [`w${(i * 7919) % count}`, true])
  const { graph } = buildGraph(tokens, 4)
  const { nodeCount, edgeCount, offsets, columns } = graph
  t.equal(nodeCount, count)
  t.same([...edgesOf(graph)].sort(), [...graphTwin(tokens, 4).edges].sort())
  t.equal(offsets[nodeCount], edgeCount * 2)
  for (let node = 0; node < nodeCount; node++) {
    const row = columns.slice(offsets[node], offsets[node + 1])
    if (row.some((column, i) => i > 0 && column <= row[i - 1]!)) t.fail(`row ${node} is out of order`)
  }
})

t.test('words are counted as the regular expression of scikit-learn finds them', async () => {
  const words = ['masken', 'neue', '日本', 'c𐐨', 'a1', '__', 'ß2', '²³']
  const file = exampleModelFile(
    {},
    { vocabulary: words, components: new Float64Array(words.length).fill(1), docTopicPrior: 1 },
  )
  const { vocabulary } = readTopicModel(new TensorFile(file))
  const bit = fc.constantFrom(...words, '-', "'", '.', 'x', '\ud801', '\udc28', '\u0301', '😀', '日', '1')
  const stem = fc.array(bit, { maxLength: 6 }).map(bits => bits.join(''))
  const counter = new DocumentWords()
  fc.assert(
    fc.property(fc.array(stem, { maxLength: 20 }), fc.subarray(words), (stems, ignored) => {
      const table = new StringIds()
      const ids = Uint32Array.from(stems, stem => table.add(stem))
      counter.count(ids, ids.length, table, vocabulary, numbersOf(vocabulary, ignored))
      const found = stems.join(' ').match(/[\p{L}\p{N}_]{2,}/gu) ?? []
      const expected = words.map(word => (ignored.includes(word) ? 0 : found.filter(other => other === word).length))
      const actual = words.map(() => 0)
      for (let i = 0; i < counter.length; i++) actual[counter.words[i]!] = counter.counts[i]!
      return JSON.stringify(actual) === JSON.stringify(expected)
    }),
    { numRuns: 1000 },
  )
})

t.test('more pairs of words than a ranking can hold are a clear error', async t => {
  const tokens = Array.from({ length: 3000 }, (_, i): StemToken => [`w${i}`, true])
  t.throws(() => buildGraph(tokens, 1000), {
    code: 'REQUEST_INVALID',
    message: 'The text has more than 1048576 pairs of words within the window. Send it in parts.',
  })
})
