import t from 'tap'
import { multiThemes, singleThemes } from '../../cli/check/cases/index.js'
import { check, idsOf } from '../helpers/mme/check-server.js'
import { plantedFaults, startServer } from '../helpers/mme/wrong-server.js'

const atOnce = 8

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
