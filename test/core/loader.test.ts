import t from 'tap'
import { Loader } from '../../core/loader.js'

t.test('garbage of a thread that ends meanwhile is collected', async t => {
  // The loader's threads alone do not keep a process.
  const alive = setInterval(() => {}, 1000)
  t.teardown(() => clearInterval(alive))
  const loader = new Loader()
  await loader.measure([])
  const collected = loader.collectGarbage()
  await loader.close()
  await t.resolves(collected)
})
