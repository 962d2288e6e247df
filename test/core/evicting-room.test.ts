import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import t from 'tap'
import { EvictingRoom } from '../../core/evicting-room.js'
import { LaneModel } from '../../core/lane-queue.js'
import { Ledger } from '../../core/ledger.js'
import { Recency } from '../../core/recency.js'

/** A room over models that are numbers only: loading one takes its bytes, evicting it gives them back. */
function setUp(budgetBytes: number) {
  const ledger = new Ledger(budgetBytes)
  const recency = new Recency()
  const sizes = new Map<string, number>()
  const models = new Map<string, LaneModel>()
  const evicted: string[] = []
  let loading = 0
  const evict = async (name: string) => {
    evicted.push(name)
    recency.leave(name)
    models.delete(name)
    // As in a host, it takes a while until the bytes are back.
    await setImmediate()
    ledger.release(sizes.get(name)!)
    sizes.delete(name)
  }
  const bytesOf = (name: string) => sizes.get(name)!
  const room = new EvictingRoom({
    ledger,
    recency,
    evict,
    bytesOf,
    loading: () => loading,
    entering: () => 0,
    leaving: () => 0,
  })
  const load = async (name: string, bytes: number) => {
    loading++
    try {
      await room.take(name, bytes)
      const model = new LaneModel({ modelName: name } as never, 0)
      sizes.set(name, bytes)
      models.set(name, model)
      recency.enter(name, model)
    } finally {
      loading--
    }
  }
  const setBusy = (name: string, isBusy: boolean) => {
    const model = models.get(name)!
    model.running = isBusy ? 1 : 0
    model.noticeIdle()
  }
  return { ledger, recency, evicted, load, setBusy, models, room }
}

t.test('the models that were not used for longest go, and no more of them than it takes', async t => {
  const { load, recency, evicted, ledger } = setUp(100)
  for (const name of ['a', 'b', 'c', 'd']) await load(name, 25)
  recency.touch('a')
  await load('e', 30)
  t.same(evicted, ['b', 'c'], 'one would not be enough, three would be too many')
  await load('f', 20)
  t.same(evicted, ['b', 'c'], 'what fits drives nobody out')
  t.equal(ledger.usedBytes, 100)
})

t.test('one that is larger than the budget drives nobody out', async t => {
  const { load, evicted } = setUp(100)
  await load('a', 60)
  await t.rejects(load('giant', 101), { code: 'MODEL_TOO_LARGE', message: /needs 101 bytes, more than .* 100/ })
  t.same(evicted, [])
})

t.test('pinned models stay; where only they are left it is 507', async t => {
  const { load, recency, evicted } = setUp(100)
  recency.pin('a')
  await load('a', 60)
  await load('b', 40)
  await load('c', 40)
  t.same(evicted, ['b'])
  await t.rejects(load('d', 50), { code: 'MEMORY_FULL', message: /needs 50 bytes, 0 are free/ })
  t.same(evicted, ['b'], 'nobody goes for nothing')
  recency.unpin('a')
  await load('d', 50)
  t.same(evicted, ['b', 'a'])
})

t.test('a model with accepted work stays; where all have some, the first that is done goes', async t => {
  const { load, setBusy, evicted } = setUp(100)
  await load('a', 50)
  await load('b', 50)
  setBusy('a', true)
  await load('c', 50)
  t.same(evicted, ['b'], 'the idle one, though a was not used for longer')
  setBusy('c', true)
  const waiting = load('d', 50)
  await setImmediate()
  t.same(evicted, ['b'])
  setBusy('c', false)
  await waiting
  t.same(evicted, ['b', 'c'])
})

t.test('however often something changes, a busy model is asked once to say when it is done', async t => {
  const { load, setBusy, ledger, models } = setUp(100)
  await load('a', 100)
  setBusy('a', true)
  const model = models.get('a')!
  const { idle } = model
  let asked = 0
  model.idle = () => {
    asked++
    return idle.call(model)
  }
  const waiting = load('b', 50)
  for (let i = 0; i < 20; i++) {
    ledger.release(0)
    await setImmediate()
  }
  t.equal(asked, 1)
  setBusy('a', false)
  await waiting
})

t.test('the room of a load that has just got it is waited for', async t => {
  const { load, evicted } = setUp(100)
  await Promise.all([load('a', 60), load('b', 60), load('c', 60)])
  t.same(evicted, ['a', 'b'])
})

t.test('where all have work without a pause, the one that was not used for longest takes no more of it', async t => {
  // What waits for room does not keep a process.
  const alive = setInterval(() => {}, 1000)
  t.teardown(() => clearInterval(alive))
  const { load, setBusy, evicted, recency } = setUp(100)
  await load('a', 50)
  await load('b', 50)
  for (const name of ['a', 'b']) setBusy(name, true)
  recency.touch('a')
  await load('c', 50)
  t.same(evicted, ['b'])
})

t.test('what a failed load gives back is taken by the one that waits', async t => {
  const { load, ledger, room, evicted } = setUp(100)
  // A load that took its bytes and is not done yet.
  await room.take('under way', 80)
  ledger.onRelease = undefined
  const other = new EvictingRoom({
    ledger,
    recency: new Recency(),
    evict: async () => {},
    bytesOf: () => 0,
    loading: () => 2,
    entering: () => 1,
    leaving: () => 0,
  })
  const waiting = other.take('waits', 50)
  await setImmediate()
  ledger.release(80)
  await waiting
  t.equal(ledger.usedBytes, 50)
  t.same(evicted, [])
  await t.rejects(load('more', 60), { code: 'MEMORY_FULL' }, 'nothing is left that could go')
})

t.test('whatever comes, the budget holds, nothing busy or pinned goes, and every load ends', async () => {
  const step = fc.record({
    name: fc.integer({ min: 0, max: 20 }).map(String),
    bytes: fc.integer({ min: 1, max: 120 }),
    act: fc.constantFrom('load', 'load', 'load', 'touch', 'busy', 'idle', 'pin', 'unpin'),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async steps => {
      const { load, setBusy, recency, ledger, models, evicted } = setUp(100)
      const loads: Promise<unknown>[] = []
      let broken = ''
      const known = new Set<string>()
      for (const { name, bytes, act } of steps) {
        if (act === 'load' && !known.has(name)) {
          known.add(name)
          const done = load(name, bytes).catch(error => {
            if (!['MEMORY_FULL', 'MODEL_TOO_LARGE'].includes(error.code)) broken = String(error)
            if (!models.has(name)) known.delete(name)
          })
          loads.push(done)
        }
        if (act === 'touch') recency.touch(name)
        if (act === 'pin') recency.pin(name)
        if (act === 'unpin') recency.unpin(name)
        if (models.has(name) && (act === 'busy' || act === 'idle')) setBusy(name, act === 'busy')
        const before = evicted.length
        const spared = [...models].filter(([each, { running }]) => running > 0 || recency.isPinned(each))
        await setImmediate()
        for (const gone of evicted.slice(before)) {
          known.delete(gone)
          if (spared.some(([each]) => each === gone)) broken = `${gone} was evicted`
        }
        if (ledger.usedBytes > 100) broken = 'over the budget'
      }
      for (const name of models.keys()) setBusy(name, false)
      await Promise.all(loads)
      if (broken) throw new Error(broken)
    }),
    { numRuns: 100 },
  )
})
