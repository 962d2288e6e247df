import fc from 'fast-check'
import { XmlDocument } from 'libxml2-wasm'
import t from 'tap'
import { multiThemes, singleThemes } from '../../cli/check/cases/index.js'
import { junitReport } from '../../cli/check/junit.js'
import type { Result } from '../../cli/check/run.js'
import { check, idsOf } from '../helpers/mme/check-server.js'
import { plantedFaults, startServer } from '../helpers/mme/wrong-server.js'

const atOnce = 6

t.test('each planted fault is named by its cases, and by no other', async t => {
  const queue = plantedFaults.values()
  const work = async () => {
    for (const { title, fault, isSingle } of queue) {
      await t.test(title, async t => {
        const { url, loaded } = await startServer(t, fault, isSingle)
        const failed = idsOf(await check(url, isSingle ? singleThemes : multiThemes), 'failed')
        t.same(
          fault.cases.filter(id => !failed.includes(id)),
          [],
          'named',
        )
        t.same(
          failed.filter(id => !fault.cases.includes(id) && !fault.also?.includes(id)),
          [],
          'and no more',
        )
        t.same(loaded(), [])
      })
    }
  }
  t.jobs = atOnce
  await Promise.all(Array.from({ length: atOnce }, work))
})

const oddBodies = [
  'null',
  '7',
  '[]',
  '{"models":{}}',
  '{"models":[null]}',
  '{"models":[],"nextPageToken":7}',
  '['.repeat(5000),
]

t.test('whatever a server answers, each case comes to its end', async t => {
  const run = async (body: string) => {
    const odd = () => ({ status: 200, body, headers: { 'Content-Type': 'application/json' } })
    const routes = { ping: odd, list: odd, get: odd, load: odd, unload: odd, invoke: odd, other: odd }
    const { url } = await startServer(t, { cases: [], plant: () => routes })
    const failed = idsOf(await check(url, multiThemes), 'failed')
    for (const id of ['get-absent-404', 'list-shows-loaded', 'unload-200'])
      t.ok(failed.includes(id), `${id}: ${body.slice(0, 40)}`)
  }
  await Promise.all(oddBodies.map(run))
})

t.test('whatever a server says is well-formed XML', async t => {
  const result = (text: string): Result => ({
    theme: text,
    case: { ...multiThemes[0]!.cases[0]!, title: text },
    ms: 1,
    outcome: 'failed',
    fault: { sent: text, expected: text, came: text },
  })
  const unit = fc.nat(0xffff).map(code => String.fromCharCode(code))
  const hostile = fc.sample(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit })), 200)
  const document = XmlDocument.fromString(junitReport(hostile[0]!, hostile.map(result)))
  t.equal(document.find('//failure').length, hostile.length)
  document.dispose()
})
