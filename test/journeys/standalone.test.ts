import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate, setTimeout as wait } from 'node:timers/promises'
import { startHost } from 'modelhost/testing'
import t from 'tap'
import { createLatch } from '../helpers/latch.js'
import { linesLog } from '../helpers/lines-log.js'
import { addWeights, loadedModels, storePlugins as plugins, probeStore } from '../helpers/store.js'
import { code, startTight } from '../helpers/tight-host.js'

t.test('a model is loaded by the first request for it, and by one load for many', async t => {
  const latch = createLatch(t)
  const store = await probeStore(t, { 'news/de': { greeting: 'hallo ', on_load: 'wait' } })
  const { log, lines } = linesLog()
  const host = await startHost(t, { plugins, store, lanes: 1 }, log)
  t.same(await loadedModels(host), [], 'nothing is loaded before it is asked for')

  const asked = Array.from({ length: 20 }, (_, i) => host.invoke('news/de', { text: String(i) }))
  await latch.arrived('hallo ')
  latch.open('hallo ')
  const answers = await Promise.all(asked)
  t.same(
    answers.map(({ status }) => status),
    asked.map(() => 200),
  )
  const texts = await Promise.all(answers.map(async answer => ((await answer.json()) as { text: string }).text))
  t.same(
    texts,
    asked.map((_, i) => `hallo ${i}`),
  )
  t.equal(lines('model loaded').length, 1)
  t.match(lines('model loaded'), [{ model: 'news/de', cause: 'demand' }])
  const described = await (await fetch(`${host.url}/models/news%2Fde`)).json()
  t.match(described, { modelName: 'news/de', modelUrl: `${store}/news/de`, plugin: 'Probe' })
})

t.test('the models that were not used for longest go when others need the room, and come back', async t => {
  const { host, ask, lines } = await startTight(t)
  for (const name of ['a', 'b', 'c']) t.equal((await ask(name)).status, 200)
  t.equal((await ask('a')).status, 200)
  t.equal((await ask('d')).status, 200)
  t.same((await loadedModels(host)).sort(), ['a', 'c', 'd'])
  t.match(lines('model unloaded'), [{ model: 'b', cause: 'eviction', unusedMs: Number }])
  t.ok((lines('model unloaded')[0] as { unusedMs: number }).unusedMs < 60_000)
  t.equal((await ask('b')).status, 200)
  t.same((await loadedModels(host)).sort(), ['a', 'b', 'd'])
  t.ok(host.host.models.usedBytes <= 3_500_000)
})

t.test('whatever is asked by many at once, every request is answered and the budget holds', async t => {
  const { host, ask } = await startTight(t)
  const names = ['a', 'b', 'c', 'd', 'e', 'f']
  let most = 0
  const caller = async (seed: number) => {
    const statuses: number[] = []
    for (let i = 0; i < 25; i++) {
      statuses.push((await ask(names[(seed * 7 + i * i) % 6]!)).status)
      most = Math.max(most, host.host.models.usedBytes)
    }
    return statuses
  }
  const statuses = (await Promise.all(Array.from({ length: 16 }, (_, i) => caller(i)))).flat()
  t.same([...new Set(statuses)], [200])
  t.equal(statuses.length, 400)
  t.ok(most <= 3_500_000, `${most} bytes`)
})

t.test('507 is only said when nothing can go', async t => {
  const { host, ask } = await startTight(t, { pin: ['a', 'b', 'c'] })
  const full = await ask('d')
  t.equal(full.status, 507)
  t.equal(await code(full), 'MEMORY_FULL')
  t.same((await loadedModels(host)).sort(), ['a', 'b', 'c'])

  t.equal((await host.unload('b')).status, 200, 'DELETE unpins and unloads')
  t.equal((await ask('d')).status, 200)
  t.equal((await ask('b')).status, 200, 'it comes back by itself')
  t.same((await loadedModels(host)).sort(), ['a', 'b', 'c'], 'd went, the pinned ones stayed')
})

t.test('a load that lasts longer than its callers wait goes on, and the next call finds the model', async t => {
  const latch = createLatch(t)
  const store = await probeStore(t, { slow: { greeting: 'slow ', on_load: 'wait' } })
  const host = await startHost(t, { plugins, store, lanes: 1, loadWaitMs: 50 })
  const early = await host.invoke('slow', 'x')
  t.equal(early.status, 429)
  t.equal(early.headers.get('retry-after'), '1')
  t.match(await early.json(), {
    error: { code: 'MODEL_NOT_READY', message: /"slow" is still being loaded after 50 ms/ },
  })
  await latch.arrived('slow ')
  latch.open('slow ')
  while (host.host.models.stateOf('slow') !== 'ready') await setImmediate()
  t.match(await (await host.invoke('slow', 'x')).json(), { text: 'slow x' })
})

t.test('requests that wait for a load are bounded, and one whose caller is gone is forgotten', async t => {
  const latch = createLatch(t)
  const store = await probeStore(t, { slow: { greeting: 'slow ', on_load: 'wait' } })
  const host = await startHost(t, { plugins, store, lanes: 1, queueLimit: 2 })
  const gone = new AbortController()
  const url = `${host.url}/models/slow/invoke`
  const first = fetch(url, { method: 'POST', body: 'gone', signal: gone.signal }).catch(error => error.name)
  await latch.arrived('slow ')
  const second = host.invoke('slow', 'second')
  while ((await waitingIn(host)) < 2) await setImmediate()
  const third = await host.invoke('slow', 'third')
  t.equal(third.status, 429, 'not 503, by which a load balancer would let another host begin the same load')
  t.match(await third.json(), { error: { code: 'MODEL_NOT_READY', message: /still being loaded after \d+ ms/ } })
  gone.abort()
  t.equal(await first, 'AbortError')
  const fourth = untilAccepted(() => host.invoke('slow', 'fourth'))
  latch.open('slow ')
  t.match(await (await second).json(), { text: 'slow second' })
  t.equal((await fourth).status, 200)
})

async function waitingIn({ url }: { readonly url: string }): Promise<number> {
  const { waiting } = (await (await fetch(`${url}/health/ready`)).json()) as { waiting: number }
  return waiting
}

async function untilAccepted(ask: () => Promise<Response>): Promise<Response> {
  for (;;) {
    const answer = await ask()
    // Until the host has seen that the first caller is gone.
    if (answer.status !== 429 && answer.status !== 503) return answer
  }
}

t.test('a model that cannot be loaded is not tried again at once, and harms nobody', async t => {
  const store = await probeStore(t, { sound: {}, broken: { on_load: 'throw' } })
  const { log, lines } = linesLog()
  const host = await startHost(t, { plugins, store }, log)
  for (let i = 0; i < 30; i++) {
    const broken = await host.invoke('broken', 'x')
    t.equal(broken.status, 422)
    t.match(await broken.json(), { error: { code: 'LOAD_FAILED', message: /asked to throw/ } })
    t.equal((await host.invoke('sound', 'x')).status, 200)
  }
  t.ok(lines('load failed').length <= 2, 'thirty calls, one load')
  const absent = await host.invoke('absent', 'x')
  t.equal(absent.status, 404)
  t.equal(await code(absent), 'TARGET_NOT_FOUND')
})

t.test('a pinned and a preloaded model are there before the host is ready; a broken one does not keep it', async t => {
  const { host, ask, lines } = await startTight(t, { pin: ['a'], preload: ['b', 'nothing'] })
  t.same((await loadedModels(host)).sort(), ['a', 'b'])
  for (const name of ['c', 'd', 'e', 'f']) t.equal((await ask(name)).status, 200)
  const now = await loadedModels(host)
  t.ok(now.includes('a') && !now.includes('b'), 'only the pinned one stays')
  t.match(lines('model loaded').slice(0, 2), [{ cause: 'preload' }, { cause: 'preload' }])
})

t.test('POST /models pins, DELETE unpins and unloads', async t => {
  const { host, ask } = await startTight(t)
  const post = (body: object) => fetch(`${host.url}/models`, { method: 'POST', body: JSON.stringify(body) })
  t.equal((await ask('a')).status, 200)
  t.equal((await post({ model_name: 'a' })).status, 200, 'one that is here already is pinned')
  t.equal((await post({ model_name: 'a' })).status, 409)
  t.equal((await post({ model_name: 'b', url: 'b' })).status, 200)
  for (const name of ['c', 'd', 'e']) t.equal((await ask(name)).status, 200)
  t.strictSame((await loadedModels(host)).sort(), ['a', 'b', 'e'])
  t.equal((await host.unload('a')).status, 200)
  t.equal((await host.unload('a')).status, 404)

  t.equal(await code(await post({ model_name: 'nothing' })), 'TARGET_NOT_FOUND')
  t.equal(await code(await post({ model_name: '../a' })), 'TARGET_INVALID')
  t.equal(await code(await post({ model_name: 'a', url: '/etc' })), 'BODY_MALFORMED')
})

t.test(
  'a target that was pinned at the start stays so where a load of it fails; a failed load pins nothing',
  async t => {
    const { host, store } = await startTight(t, { pin: ['later'] })
    const load = (name: string) =>
      fetch(`${host.url}/models`, { method: 'POST', body: JSON.stringify({ model_name: name }) })
    t.equal((await load('later')).status, 404)
    t.equal((await load('other')).status, 404)
    await addWeights(store, ['later', 'other'], 1_000_000)
    for (const name of ['later', 'other'])
      while ((await host.invoke(name, { from: 0, count: 1 })).status !== 200) await wait(100)
    const { targets } = (await (await fetch(`${host.url}/store`)).json()) as { targets: object[] }
    t.match(targets.slice(-2), [
      { target: 'later', state: 'ready', pinned: true },
      { target: 'other', state: 'ready', pinned: false },
    ])
  },
)

t.test('a model that nobody asked for in a while goes, where that is wanted', async t => {
  const { host, ask, lines } = await startTight(t, { idleTimeoutMs: 100, pin: ['f'] })
  await ask('a')
  await ask('b')
  while (lines('model unloaded').length < 2) await setImmediate()
  t.same(await loadedModels(host), ['f'])
  const gone = lines('model unloaded')
  t.same(gone.map(({ model, cause }) => `${model} ${cause}`).sort(), ['a idle', 'b idle'])
  t.equal((await ask('a')).status, 200)
})

t.test('a changed artifact is picked up by the next load', async t => {
  const store = await probeStore(t, { m: { greeting: 'old ' } })
  const host = await startHost(t, { plugins, store })
  t.match(await (await host.invoke('m', 'x')).json(), { text: 'old x' })
  await writeFile(join(store, 'm', 'Probe-params.json'), '{"model_name":"Probe","greeting":"new "}')
  t.match(await (await host.invoke('m', 'x')).json(), { text: 'old x' }, 'a loaded model stays as it is')
  await host.unload('m')
  t.match(await (await host.invoke('m', 'x')).json(), { text: 'new x' })
})

t.test('what waits for a load when the time to drain is over gets its answer', async t => {
  const latch = createLatch(t)
  const store = await probeStore(t, { slow: { greeting: 'slow ', on_load: 'wait' } })
  const host = await startHost(t, { plugins, store, drainTimeoutMs: 50 })
  const asked = host.invoke('slow', 'x')
  await latch.arrived('slow ')
  const closed = host.close()
  const answer = await asked
  t.equal(answer.status, 503)
  t.equal(await code(answer), 'DRAINING')
  await closed
})
