import fc from 'fast-check'
import t from 'tap'
import { Infixes } from '../../plugins/topical-page-rank/infixes.js'

const isPart = (part: readonly number[], whole: readonly number[]) =>
  whole.some((_, at) => part.every((number, k) => whole[at + k] === number))

t.test('what is a part of a sequence that was added is found, and nothing else', async () => {
  const sequence = fc.array(fc.nat(2), { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(fc.array(sequence, { maxLength: 8 }), fc.array(sequence, { maxLength: 20 }), (added, asked) => {
      const infixes = new Infixes()
      for (const numbers of added) infixes.add(Uint32Array.from(numbers), 0, numbers.length)
      return asked.every(part => {
        const isThere = added.some(whole => isPart(part, whole))
        return infixes.has(Uint32Array.from([9, ...part]), 1, part.length) === isThere
      })
    }),
    { numRuns: 2000 },
  )
})

t.test('long sequences that are nearly alike take no longer than others', async t => {
  const length = 100_000
  const infixes = new Infixes()
  infixes.add(new Uint32Array(length), 0, length)
  const nearly = new Uint32Array(length)
  nearly[length / 2] = 1
  t.notOk(infixes.has(nearly, 0, length / 2 + 1))
  infixes.add(nearly, 0, length)
  t.ok(infixes.has(nearly, 1, length - 1))
})
