import t from 'tap'
import { LaneModel } from '../../core/lane-queue.js'
import { Recency } from '../../core/recency.js'

const model = (name: string) => new LaneModel({ modelName: name } as never, 0)

t.test('idle is what nobody has asked for since a time, is not pinned, and has nothing to do', async t => {
  const recency = new Recency()
  const { now } = performance
  t.teardown(() => {
    performance.now = now
  })
  const at = (ms: number) => {
    performance.now = () => ms
  }
  const busy = model('busy')
  at(1000)
  for (const name of ['a', 'b', 'c', 'pinned']) recency.enter(name, model(name))
  recency.enter('busy', busy)
  recency.pin('pinned')
  busy.running = 1
  at(2000)
  recency.touch('b')
  recency.touch('nobody')
  t.same(recency.idleSince(999), [])
  t.same(recency.idleSince(1000), ['a', 'c'])
  t.same(recency.idleSince(1999), ['a', 'c'])
  busy.running = 0
  recency.unpin('pinned')
  t.same(recency.idleSince(2000), ['a', 'c', 'pinned', 'busy', 'b'], 'the one unused for longest first')
  t.equal(recency.lastUsedMs('a'), 1000)
  t.equal(recency.lastUsedMs('b'), 2000)
  t.equal(recency.lastUsedMs('nobody'), undefined)
  t.equal(recency.leastRecent(), 'a', 'to be looked at is not to be used')
})
