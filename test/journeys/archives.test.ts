import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { startHost } from 'modelhost/testing'
import t from 'tap'
import { archiveOf } from '../helpers/archive.js'
import { folder } from '../helpers/artifacts.js'
import { probeArchive } from '../helpers/folder-stores.js'
import { linesLog } from '../helpers/lines-log.js'
import { storePlugins as plugins } from '../helpers/store.js'

/** A host that serves archives of a folder, by way of a cache. */

t.test('what was loaded may leave the cache: it holds no more than its budget', async t => {
  const names = Array.from({ length: 6 }, (_, i) => `model-${i}.tar.gz`)
  const store = await folder(t, Object.fromEntries(names.map(name => [name, probeArchive('x'.repeat(100_000))])))
  const cache = await folder(t)
  // Room for one of them.
  const host = await startHost(t, { plugins, store, cache, cacheBudget: '150KB' })
  for (const name of names) t.equal((await host.invoke(name, 'a text')).status, 200)
  t.equal((await readdir(join(cache, 'v1/entries'))).length, 1)
})

t.test('what is wrong with an archive is told in words of the store, not of this machine', async t => {
  const store = await folder(t, { 'empty.tar.gz': archiveOf({ 'README.md': 'no model' }) })
  const cache = await folder(t)
  const { log, lines } = linesLog()
  const host = await startHost(t, { plugins, store, cache }, log)
  const answer = await host.invoke('empty.tar.gz', 'a text')
  t.equal(answer.status, 422)
  const { error } = (await answer.json()) as { error: { code: string; message: string } }
  t.equal(error.code, 'PARAMS_NOT_FOUND')
  t.ok(error.message.startsWith(`${store}/empty.tar.gz holds no *-params.json file (found: README.md)`), error.message)
  t.notMatch(error.message, cache)
  t.match(lines('load failed'), [{ model: 'empty.tar.gz', cause: 'PARAMS_NOT_FOUND' }])
  t.equal((await host.invoke('nobody', 'a text')).status, 404)
  const absent = lines('load failed').filter(({ model }) => model === 'nobody')
  t.match(absent, [{ level: 'debug' }], 'anybody may ask for what is not there')
})
