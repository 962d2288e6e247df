import fc from 'fast-check'
import { createSharedMemory, pageBytes } from 'modelhost/kernels'
import t from 'tap'
import { entryBytes, readHeap, searchKernel } from '../../plugins/docsim/kernels/search.js'
import { addPostingsTwin, bestTwin, scoreRowsTwin } from '../twins/search.js'

const memory = createSharedMemory(8 * pageBytes)
const kernel = searchKernel.over(memory)
const [scoresAt, heapAt, rowsAt, queryAt] = [1, 2, 3, 5].map(page => page * pageBytes) as [
  number,
  number,
  number,
  number,
]
const floats = (at: number, length: number) => new Float32Array(memory.buffer, at, length)
const integers = (at: number, length: number) => new Uint32Array(memory.buffer, at, length)
const number = fc.float({ min: -2, max: 2, noNaN: true })
const areSame = (a: Float32Array, b: Float32Array) => a.length === b.length && a.every((x, i) => Object.is(x, b[i]))

t.test('rows are scored as the twin scores them, bit for bit', async () => {
  const size = fc.constantFrom(1, 3, 4, 7, 8, 9, 16, 40)
  fc.assert(
    fc.property(
      size,
      fc.integer({ min: 1, max: 20 }),
      number,
      fc.infiniteStream(number),
      (size, count, factor, numbers) => {
        const draw = (length: number) => Float32Array.from({ length }, () => numbers.next().value!)
        const [rows, query] = [draw(size * count), draw(size)]
        floats(rowsAt, rows.length).set(rows)
        floats(queryAt, size).set(query)
        kernel.scoreRows(scoresAt, rowsAt, count, queryAt, size, factor)
        return areSame(floats(scoresAt, count), scoreRowsTwin(rows, query, factor))
      },
    ),
  )
})

t.test('postings are added block by block as the twin adds them at once', async () => {
  const term = fc.record({
    documents: fc.uniqueArray(fc.nat(99), { maxLength: 60 }).map(list => Uint32Array.from(list.sort((a, b) => a - b))),
    weights: fc.array(number, { minLength: 60, maxLength: 60 }).map(list => Float32Array.from(list)),
    factor: number,
  })
  fc.assert(
    fc.property(fc.array(term, { maxLength: 5 }), fc.integer({ min: 1, max: 120 }), (terms, block) => {
      const expected = new Float32Array(100)
      for (const postings of terms) addPostingsTwin(expected, postings)
      const actual = new Float32Array(100)
      const next = terms.map(() => 0)
      for (let first = 0; first < 100; first += block) {
        const end = Math.min(100, first + block)
        kernel.clear(scoresAt, end - first)
        for (const [i, { documents, weights, factor }] of terms.entries()) {
          integers(rowsAt, documents.length).set(documents)
          floats(queryAt, weights.length).set(weights)
          next[i] = kernel.addPostings(scoresAt, first, end, rowsAt, queryAt, next[i]!, documents.length, factor)
        }
        actual.set(floats(scoresAt, end - first), first)
      }
      return areSame(actual, expected) && next.every((at, i) => at === terms[i]!.documents.length)
    }),
  )
})

t.test('the best are kept as a sort would keep them, also of equal scores, also in blocks', async () => {
  // Neither rows nor postings give -0.
  const score = fc.oneof(
    number.map(x => x + 0),
    fc.constantFrom(0, 1, -1, 0.5, Infinity, -Infinity, Number.NaN),
  )
  const scores = fc.array(score, { maxLength: 200 }).map(list => Float32Array.from(list))
  const limit = fc.integer({ min: 1, max: 60 })
  const block = fc.integer({ min: 1, max: 210 })
  fc.assert(
    fc.property(scores, limit, block, fc.constantFrom(0, -Infinity, 0.25), (scores, limit, block, floor) => {
      let kept = 0
      for (let first = 0; first < scores.length; first += block) {
        const some = scores.subarray(first, first + block)
        floats(scoresAt, some.length).set(some)
        kept = kernel.collect(scoresAt, some.length, first, heapAt, kept, limit, floor)
      }
      const found = readHeap(integers(heapAt, (kept * entryBytes) / 4))
      const expected = bestTwin(scores, limit, floor)
      return (
        found.length === expected.length &&
        found.every((one, i) => one.document === expected[i]!.document && one.score === expected[i]!.score)
      )
    }),
    { numRuns: 2000 },
  )
})
