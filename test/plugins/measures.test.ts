import fc from 'fast-check'
import t from 'tap'
import { isConstant, pearson, ranks, spearman } from '../../plugins/_measures/correlation.js'
import {
  averagePrecision,
  meanOver,
  precision,
  type Ranking,
  recall,
  reciprocalRank,
} from '../../plugins/_measures/ranking.js'

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
