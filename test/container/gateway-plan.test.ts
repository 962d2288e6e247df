import fc from 'fast-check'
import t from 'tap'
import { bodyOf, planBatch } from '../../container/snowflake/lambda/plan.js'
import { cutRows, type Row } from '../../container/snowflake/lambda/rows.js'

t.test('whatever the rows, each is sent once, below the bounds, and to its model; the rest are errors', t => {
  const models = fc.constantFrom('"a"', '"b"', '"dir/c"', 'null', '""', '7')
  const row = fc.tuple(fc.bigInt(), models, fc.string({ unit: 'binary', maxLength: 60 }), fc.jsonValue())
  const bounds = fc.record({
    invokeBytes: fc.integer({ min: 20, max: 300 }),
    invokeRows: fc.integer({ min: 1, max: 5 }),
  })
  fc.assert(
    fc.property(fc.array(row), bounds, (drawn, { invokeBytes, invokeRows }) => {
      const rows: Row[] = drawn.map(([number, model, text, value]) => [
        String(number),
        model,
        JSON.stringify(text),
        JSON.stringify(value),
      ])
      const plan = planBatch({ target: 'by row', rows }, { defaultModel: undefined, invokeBytes, invokeRows })
      const seen = new Set(plan.errors.keys())
      for (const { model, rows: sent } of plan.invocations) {
        const body = bodyOf(sent)
        if (Buffer.byteLength(body) > invokeBytes) throw new Error(`${body.length} characters`)
        if (sent.length === 0 || sent.length > invokeRows) throw new Error(`${sent.length} rows`)
        const back = cutRows(body) as Row[]
        sent.forEach(({ index, number }, i) => {
          const [given, name, ...rest] = rows[index]!
          if (seen.has(index)) throw new Error(`row ${index} is sent twice`)
          seen.add(index)
          t.equal(JSON.stringify(model), name)
          t.same([number, back[i]], [given, [given, ...rest]])
        })
      }
      t.equal(seen.size, rows.length)
    }),
    { numRuns: 40 },
  )
  t.end()
})

t.test('rows keep every digit and blank-free pieces, however they are written', t => {
  t.same(cutRows('{"data":[[1e3 ,\t-0.10, {"a" : [1,"]"]}],[ 2]]}'), [['1e3', '-0.10', '{"a" : [1,"]"]}'], ['2']])
  t.match(cutRows('{"data":[[1,tru]]}'), { problem: /Row 1 is not valid JSON/ })
  t.match(cutRows('{"data":[[1,2]'), { problem: /not valid JSON/ })
  t.end()
})
