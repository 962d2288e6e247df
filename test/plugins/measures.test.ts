import fc from 'fast-check'
import t from 'tap'
import { isConstant, pearson, ranks, spearman } from '../../plugins/_measures/correlation.js'
import { keyphrasesAt, meanKeyphrasesAt, stemPhrase } from '../../plugins/_measures/keyphrases.js'
import { precisionRecall } from '../../plugins/_measures/precision-recall.js'
import {
  averagePrecision,
  meanOver,
  precision,
  type Ranking,
  recall,
  reciprocalRank,
} from '../../plugins/_measures/ranking.js'
import { candidateSpans, SpanTally } from '../../plugins/_measures/spans.js'
import { TagTally } from '../../plugins/_measures/tagging.js'
import { stemmerOf } from '../../plugins/_text/stem.js'

const isNear = (a: number, b: number) => Math.abs(a - b) < 1e-12

t.test('equal numbers share the mean of their ranks', async t => {
  t.same([...ranks([30, 10, 20])], [3, 1, 2])
  // 10 takes ranks 1 and 2, 20 takes 3, 4 and 5.
  t.same([...ranks([20, 10, 20, 10, 20, 30])], [4, 1.5, 4, 1.5, 4, 6])
  t.same([...ranks([])], [])
})

t.test('Pearson is 1 on a line, and what the sums say elsewhere', async t => {
  t.equal(pearson([1, 2, 3], [10, 20, 30]), 1)
  t.equal(pearson([1, 2, 3], [3, 2, 1]), -1)
  // Deviations -1.5 -0.5 0.5 1.5 and -1 -1 1 1: products sum to 4, squares to 5 and 4.
  t.ok(isNear(pearson([1, 2, 3, 4], [1, 1, 3, 3]), 4 / Math.sqrt(20)))
})

t.test('Spearman sees the order alone', async t => {
  t.equal(spearman([1, 2, 3, 4], [1, 10, 100, 1000]), 1)
  // Without ties it is 1 - 6 sum(d²) / n(n² - 1): ranks 1 2 3 4 5 and 2 1 4 3 5, d² sums to 4.
  t.ok(isNear(spearman([1, 2, 3, 4, 5], [20, 10, 40, 30, 50]), 1 - 24 / 120))
  // Ranks 1 2 3 4 and 1.5 1.5 3.5 3.5: products of deviations sum to 4, squares to 5 and 4.
  t.ok(isNear(spearman([1, 2, 3, 4], [7, 7, 9, 9]), 4 / Math.sqrt(20)))
})

t.test('a constant list correlates with nothing: 0', async t => {
  for (const measure of [pearson, spearman]) {
    // Sums of 0.1 are rounded: their mean is not 0.1.
    t.equal(measure([1, 2, 3], [0.1, 0.1, 0.1]), 0)
    t.equal(measure([5, 5], [5, 5]), 0)
    t.equal(measure([1], [1]), 0)
    t.equal(measure([], []), 0)
    t.throws(() => measure([1, 2], [1]), RangeError)
  }
  t.equal(pearson([1e-200, 2e-200], [1, 2]), 0, 'so do numbers too small to be squared')
  t.same([[], [1], [1, 1], [1, 2]].map(isConstant), [true, true, true, false])
})

const figure = fc.integer({ min: -50, max: 50 })
const pairs = fc.array(fc.tuple(figure, figure), { minLength: 2, maxLength: 30 })
const columns = (rows: [number, number][]) => [rows.map(([x]) => x), rows.map(([, y]) => y)] as const

t.test('correlations stay within -1 and 1, whichever list comes first', async () => {
  fc.assert(
    fc.property(pairs, rows => {
      const [x, y] = columns(rows)
      return [pearson, spearman].every(f => Math.abs(f(x, y)) <= 1 && isNear(f(x, y), f(y, x)))
    }),
  )
})

t.test('a monotone transform leaves Spearman as it is, a falling one turns its sign', async () => {
  fc.assert(
    fc.property(pairs, rows => {
      const [x, y] = columns(rows)
      const before = spearman(x, y)
      const rising = spearman(
        x.map(value => value ** 3 + value),
        y,
      )
      const falling = spearman(
        x.map(value => Math.exp(-value)),
        y,
      )
      return isNear(rising, before) && isNear(falling, -before)
    }),
  )
})

t.test('a line leaves Pearson as it is', async () => {
  fc.assert(
    fc.property(pairs, fc.integer({ min: 1, max: 9 }), figure, (rows, slope, shift) => {
      const [x, y] = columns(rows)
      const moved = x.map(value => slope * value + shift)
      return Math.abs(pearson(moved, y) - pearson(x, y)) < 1e-9
    }),
  )
})

const ranking = (ranked: string, relevant: string): Ranking => ({ ranked: [...ranked], relevant: new Set(relevant) })

t.test('average precision sums the precision at each hit, over all relevant documents', async t => {
  // Hits at 1, 3 and 6: (1/1 + 2/3 + 3/6) / 3.
  const one = ranking('aXbYZc', 'abc')
  t.ok(isNear(averagePrecision(one, 6), (1 + 2 / 3 + 3 / 6) / 3))
  t.ok(isNear(averagePrecision(one, 5), (1 + 2 / 3) / 3))
  t.equal(averagePrecision(one, 1), 1 / 3)
  t.equal(averagePrecision(ranking('XYa', 'a'), 5), 1 / 3)
  t.equal(averagePrecision(ranking('ab', 'abcd'), 2), 1 / 2, 'what is not among the first k counts too')
  t.equal(averagePrecision(ranking('XY', 'a'), 5), 0)
  t.equal(averagePrecision(ranking('', 'a'), 5), 0)
})

t.test('reciprocal rank, precision and recall look at hits alone', async t => {
  const one = ranking('XaYb', 'abc')
  t.equal(reciprocalRank(one), 1 / 2)
  t.equal(reciprocalRank(ranking('XY', 'a')), 0)
  t.same(
    [1, 2, 4, 10].map(k => precision(one, k)),
    [0, 1 / 2, 2 / 4, 2 / 10],
  )
  t.same(
    [1, 2, 4, 10].map(k => recall(one, k)),
    [0, 1 / 3, 2 / 3, 2 / 3],
  )
})

t.test('a measure of many queries is its mean', async t => {
  const all = [ranking('aX', 'a'), ranking('Xb', 'b'), ranking('XY', 'c')]
  t.equal(meanOver(all, reciprocalRank), (1 + 1 / 2) / 3)
  t.equal(
    meanOver(all, one => averagePrecision(one, 1)),
    1 / 3,
  )
})

const letters = fc.shuffledSubarray([...'abcdefghij'])

t.test('ranking measures lie between 0 and 1, and more places never take anything away', async () => {
  fc.assert(
    fc.property(letters, letters, fc.integer({ min: 1, max: 12 }), (ranked, some, k) => {
      const one = { ranked, relevant: new Set(['a', ...some]) }
      const figures = [averagePrecision(one, k), recall(one, k), precision(one, k), reciprocalRank(one)]
      const more = averagePrecision(one, k + 1) >= averagePrecision(one, k) && recall(one, k + 1) >= recall(one, k)
      return more && figures.every(value => value >= 0 && value <= 1) && averagePrecision(one, k) <= recall(one, k)
    }),
  )
})

t.test('with one relevant document average precision is the reciprocal rank, as far as k', async () => {
  fc.assert(
    fc.property(letters, fc.integer({ min: 1, max: 12 }), (ranked, k) => {
      const relevant = new Set('a')
      return averagePrecision({ ranked, relevant }, k) === reciprocalRank({ ranked: ranked.slice(0, k), relevant })
    }),
  )
})

t.test('precision, recall and their harmonic mean are 0 where there is nothing', async t => {
  t.same(precisionRecall({ hits: 2, predicted: 4, gold: 8 }), { precision: 0.5, recall: 0.25, f1: 4 / 12 })
  t.same(precisionRecall({ hits: 0, predicted: 0, gold: 3 }), { precision: 0, recall: 0, f1: 0 })
  t.same(precisionRecall({ hits: 0, predicted: 3, gold: 0 }), { precision: 0, recall: 0, f1: 0 })
})

t.test('tags are counted by what tokens have and what they were given', async t => {
  const tally = new TagTally()
  t.equal(tally.accuracy, 0)
  tally.add(['DET', 'NOUN', 'VERB', 'NOUN'], ['DET', 'NOUN', 'NOUN', 'PROPN'])
  tally.add(['NOUN', 'VERB', 'VERB'], ['NOUN', 'VERB', 'NOUN'])
  // Right: DET, NOUN, NOUN, VERB of 7.
  t.equal(tally.accuracy, 4 / 7)
  t.same(tally.tags(), ['DET', 'NOUN', 'PROPN', 'VERB'])
  // Three nouns, two of them found; four tokens were called nouns.
  t.same(tally.score('NOUN'), { precision: 2 / 4, recall: 2 / 3, f1: 4 / 7, gold: 3, predicted: 4 })
  t.same(tally.score('PROPN'), { precision: 0, recall: 0, f1: 0, gold: 0, predicted: 1 })
  t.same(tally.score('X'), { precision: 0, recall: 0, f1: 0, gold: 0, predicted: 0 })
  t.same(tally.confusions(), [
    { gold: 'VERB', predicted: 'NOUN', tokens: 2 },
    { gold: 'NOUN', predicted: 'PROPN', tokens: 1 },
  ])
  t.throws(() => tally.add(['NOUN'], []), { name: 'RangeError', message: '0 tags for 1 tokens' })
})

const spansOf = (tags: string) => candidateSpans(tags.split(' ')).map(({ start, end }) => [start, end])

t.test('a candidate is a noun with all the adjectives before it', async t => {
  t.same(spansOf('DET ADJ ADJ NOUN VERB PROPN NOUN ADJ PUNCT NOUN ADJ'), [
    [1, 4],
    [5, 6],
    [6, 7],
    [9, 10],
  ])
  t.same(candidateSpans([]), [])
})

t.test('candidates are those of the pattern, in any sentence', async () => {
  const letters = { A: 'ADJ', N: 'NOUN', P: 'PROPN', x: 'VERB' } as const
  fc.assert(
    fc.property(fc.array(fc.constantFrom('A', 'N', 'P', 'x')), sentence => {
      const expected = [...sentence.join('').matchAll(/A*[NP]/g)].map(match => [
        match.index,
        match.index + match[0].length,
      ])
      const found = candidateSpans(sentence.map(letter => letters[letter as keyof typeof letters]))
      return JSON.stringify(found.map(({ start, end }) => [start, end])) === JSON.stringify(expected)
    }),
  )
})

t.test('a span is right with both its borders, and all sentences are counted together', async t => {
  const tally = new SpanTally()
  const first = { start: 0, end: 2 }
  tally.add([first, { start: 3, end: 4 }], [first, { start: 2, end: 4 }, { start: 5, end: 6 }])
  tally.add([first], [])
  // One of three answered is right, of three that should have been found.
  t.same(tally.score, { precision: 1 / 3, recall: 1 / 3, f1: 2 / 6 })
  t.equal(tally.gold, 3)
})

t.test('phrases are compared by the stems of their words', async t => {
  t.equal(stemPhrase(' Neural  NETWORKS ', stemmerOf('en')), 'neural network')
  t.equal(stemPhrase('Neue Studien', stemmerOf('de')), 'neu studi')
  t.equal(stemPhrase('a\u0308rzten', stemmerOf('de')), 'arzt', 'umlauts are letters before they are stemmed')
})

t.test('keyphrases at k: hits of the first k, and the mean over documents of each', async t => {
  const one = { ranked: ['a', 'x', 'b', 'y', 'c'], gold: new Set(['a', 'b', 'c', 'd']) }
  const two = { ranked: ['x', 'a'], gold: new Set(['a']) }
  t.same(keyphrasesAt(one, 3), { precision: 2 / 3, recall: 2 / 4, f1: 4 / 7 })
  t.same(keyphrasesAt(two, 3), { precision: 1 / 2, recall: 1, f1: 2 / 3 }, 'two phrases are all there are')
  const mean = meanKeyphrasesAt([one, two], 3)
  t.ok(isNear(mean.precision, (2 / 3 + 1 / 2) / 2))
  t.ok(isNear(mean.recall, 3 / 4))
  t.ok(isNear(mean.f1, (4 / 7 + 2 / 3) / 2), 'the mean of F, not the F of the means')
  t.same(keyphrasesAt({ ranked: [], gold: new Set(['a']) }, 5), { precision: 0, recall: 0, f1: 0 })
  const doubled = { ranked: ['a', 'a', 'x'], gold: new Set(['a', 'b']) }
  t.same(keyphrasesAt(doubled, 2), { precision: 1 / 2, recall: 1 / 2, f1: 1 / 2 }, 'the same phrase is one hit')
})
