import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { runZipf } from '../bench/zipf-run.js'
import { addBadOnes, fillStore } from '../bench/zipf-store.js'
import { folder } from '../helpers/artifacts.js'

t.setTimeout(120_000)

t.test('Zipf traffic over a store that does not fit: no error, the budget holds, hits as of an ideal LRU', async t => {
  const scratch = await folder(t)
  const store = join(scratch, 'store')
  await mkdir(store)
  const targets = await fillStore(store, 500, 2, 'folders')
  const bad = await addBadOnes(store, 'folders')
  const common = { store, scratch, targets, holds: 100, clients: 64, seconds: 10, seed: 2 }

  for (const [title, mixedIn] of [
    ['sound artifacts alone', []],
    ['with one that never loads, one whose header lies, and one that ends its lane', bad],
  ] as const) {
    await t.test(title, async t => {
      const figures = await runZipf({ ...common, bad: mixedIn })
      const {
        requests,
        goodFailures,
        badFailures,
        hitRate,
        noLoadRate,
        idealRate,
        budgetBytes,
        startRss,
        watched,
        log,
      } = figures
      t.comment(`${requests} requests, hits ${hitRate.toFixed(3)}, ideal ${idealRate.toFixed(3)}`)
      t.same(goodFailures, {}, 'every request to a sound model has its answer')
      t.ok(log.mostUsedBytes <= budgetBytes, `${log.mostUsedBytes} of ${budgetBytes} bytes`)
      t.ok(log.evictions > 100, `${log.evictions} evictions`)
      // Those who wait for a load that another began are hits for the ideal, which loads in no time.
      t.ok(noLoadRate >= idealRate - 0.03, `${noLoadRate.toFixed(3)} began no load; ideal ${idealRate.toFixed(3)}`)
      const aboveMB = (watched.peakRss - startRss - budgetBytes) / 1e6
      t.ok(aboveMB < 200, `${aboveMB.toFixed(0)} MB above start and budget`)
      if (mixedIn.length === 0) return t.same(badFailures, {})
      t.same(Object.keys(badFailures).sort(), ['LANE_CRASHED', 'TENSOR_FILE_BROKEN'])
      t.ok(log.failures < 20, `${log.failures} tries to load what cannot be loaded`)
      t.ok(log.restarts < 20, `${log.restarts} lanes ended`)
    })
  }
})
