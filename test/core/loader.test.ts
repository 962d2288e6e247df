import { truncate } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { Loader } from '../../core/loader.js'
import { folder } from '../helpers/artifacts.js'

t.test('garbage of a thread that ends meanwhile is collected', async t => {
  // The loader's threads alone do not keep a process.
  const alive = setInterval(() => {}, 1000)
  t.teardown(() => clearInterval(alive))
  const loader = new Loader(10_000)
  await loader.measure([])
  const collected = loader.collectGarbage()
  await loader.close()
  await t.resolves(collected)
})

t.test('a call that does not end in time is given up, and those behind it go on in a new thread', async t => {
  const alive = setInterval(() => {}, 1000)
  t.teardown(() => clearInterval(alive))
  const loader = new Loader(1500)
  t.teardown(() => loader.close())
  const path = await folder(t, { 'x-params.json': '{}', sparse: '' })
  await truncate(join(path, 'sparse'), 8 << 20)
  // As slow as a disk that hardly answers: 8 MB are read a hundred thousand times.
  const layout = { name: 'model', offset: 0, bytes: 8 << 20, fileBytes: 8 << 20 }
  const pieces = Array.from({ length: 100_000 }, () => ({ from: 0, to: 0, count: 8 << 20 }))
  const crawl = () => loader.fill(new SharedArrayBuffer(8 << 20), [{ path: join(path, 'sparse'), layout, pieces }])
  // There are two threads; what comes third waits behind one of them.
  const crawling = [crawl(), crawl()]
  const behind = loader.scan(path)
  for (const call of crawling) await t.rejects(Promise.resolve(call), { message: /did not answer within 1500 ms/ })
  t.match(await behind, { found: { prefix: 'x' } })
})
