import { cp, mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { startHost } from 'modelhost/testing'
import t from 'tap'
import { folder, pluginPath } from '../helpers/artifacts.js'
import { createLatch } from '../helpers/latch.js'

const plugins = [pluginPath('whole-door')]
const artifact = { 'a-params.json': '{"model_name": "WholeDoor"}' }

t.test('the instances of one request go to predictBatch together, without the bad ones', async t => {
  const host = await startHost(t, { plugins })
  await host.load('m', await folder(t, artifact))
  t.same(await (await host.invoke('m', 'one')).json(), 'ONE/1')
  const many = await host.invoke('m', { instances: [{ text: 'a' }, { txt: 'b' }, { text: 'c' }] })
  t.match(await many.json(), { predictions: ['A/2', { error: { code: 'REQUEST_INVALID' } }, 'C/2'] })
})

t.test('what predictBatch throws, or forgets, fails its request alone', async t => {
  const host = await startHost(t, { plugins })
  await host.load('m', await folder(t, artifact))
  const refused = await host.invoke('m', 'refuse')
  t.equal(refused.status, 400)
  t.match(await refused.json(), { error: { code: 'REQUEST_INVALID', message: 'text is refused.' } })
  const thrown = await host.invoke('m', 'throw')
  t.equal(thrown.status, 500)
  const short = await host.invoke('m', { instances: [{ text: 'short' }, { text: 'a' }] })
  const failed = { error: { code: 'PREDICT_FAILED', message: /2 instances and returned 1 answers/ } }
  t.match(await short.json(), { predictions: [failed, failed] })
  t.same(await (await host.invoke('m', 'after')).json(), 'AFTER/1')
})

t.test('a content type of its own is decoded and encoded by the plugin', async t => {
  const host = await startHost(t, { plugins })
  await host.load('m', await folder(t, artifact))
  const own = await host.invoke('m', 'a|b', { 'content-type': 'application/x-bars' })
  t.equal(own.status, 200)
  t.same(await own.json(), ['<A/2>', '<B/2>'])
  const other = await host.invoke('m', 'a|b', { 'content-type': 'application/x-stars' })
  t.equal(other.status, 415)
  t.match(await other.json(), { error: { message: /application\/x-bars/ } })
})

t.test('unload tells the plugin before DELETE is answered', async t => {
  const host = await startHost(t, { plugins })
  const latch = createLatch(t)
  await host.load('m', await folder(t, artifact))
  t.equal((await host.unload('m')).status, 200)
  await latch.arrived('unloaded shouter')
})

t.test("a plugin's routes are the host's, with JSON bodies and 405", async t => {
  const host = await startHost(t, { plugins })
  t.same(await (await fetch(`${host.url}/door`)).json(), { open: true })
  const posted = await fetch(`${host.url}/door`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"a": 1}',
  })
  t.same(await posted.json(), { got: { a: 1 } })
  const wrong = await fetch(`${host.url}/door`, { method: 'DELETE' })
  t.equal(wrong.status, 405)
  t.equal(wrong.headers.get('allow'), 'GET, HEAD, POST')
})

t.test('a plugin in a folder with a package.json is found by the folder', async t => {
  const path = await folder(t, {
    'package.json': '{"name": "whole-door", "version": "1.2.3", "type": "module", "exports": "./lib/index.js"}',
  })
  await mkdir(join(path, 'lib'))
  await cp(pluginPath('whole-door'), join(path, 'lib/index.js'))
  // As npm install would have it.
  await mkdir(join(path, 'node_modules'))
  await symlink(new URL('../../..', import.meta.url).pathname, join(path, 'node_modules/modelhost'))
  const host = await startHost(t, { plugins: [path] })
  await host.load('m', await folder(t, artifact))
  t.same(await (await host.invoke('m', 'one')).json(), 'ONE/1')
})
