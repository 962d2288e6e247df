import { once } from 'node:events'
import { rename, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { prepareCluster, startHostProcess } from '../../cli/watch/host-process.js'
import { folder } from '../helpers/artifacts.js'
import { artifact, plugin, pluginHome, startWatched } from '../helpers/watched-host.js'

/** `modelhost serve --watch`: real processes, real files. */

const manifest = JSON.stringify({ name: 'tell', type: 'module', exports: './dist/index.js' })
const files = { 'package.json': manifest, 'dist/index.js': plugin('first'), 'artifacts/a/a-params.json': artifact() }

async function platform(t: Test, flags: readonly string[] = [], within?: string) {
  const home = await pluginHome(t, files)
  const host = startWatched(t, ['--plugin', home.path, ...flags], within)
  t.equal(await host.load('a', join(home.path, 'artifacts/a')), 200)
  t.equal(await host.words('a'), 'first')
  return { home, host }
}

/** Where a prediction waits. */
async function openGate(t: Test) {
  const path = join(await folder(t), 'gate')
  const server = createServer().listen(path)
  t.teardown(() => server.close())
  await once(server, 'listening')
  return {
    path,
    arrived: once(server, 'connection') as Promise<[Socket]>,
    letThrough: () => server.on('connection', socket => socket.end()),
  }
}

t.test(
  'a change gives new answers at the same address; what was loaded is loaded; what was accepted is answered',
  async t => {
    const { home, host } = await platform(t)
    await home.write('artifacts/b/b-params.json', artifact())
    t.equal(await host.load('b', join(home.path, 'artifacts/b')), 200)

    t.comment('a broken build, then a mended one')
    await home.write('dist/index.js', 'export default (')
    await host.told(
      /error Plugin .*dist\/index\.js: .*SyntaxError.* The host before serves on; the next change tries again/,
    )
    t.equal(await host.words('a'), 'first')
    await rm(join(home.path, 'dist'), { recursive: true })
    await host.told(/error Plugin .*does not exist. Build the plugin first/)
    t.equal(await host.words('a'), 'first')

    const gate = await openGate(t)
    const accepted = host.ask('a', { path: gate.path })
    const [held] = await gate.arrived
    await home.write('dist/index.js', plugin('second'))
    t.match(await host.told(/replaced in/), /loaded again: a, b$/)
    const { words, pid } = await host.ask('a')
    t.equal(words, 'second', 'while the old host has something to answer')
    t.equal(await host.words('b'), 'second')
    held.end()
    const late = await accepted
    t.equal(late.words, 'first')
    t.not(late.pid, pid)
    await host.told(/stopped/)

    t.comment('a model that cannot be loaded any more')
    await home.write(
      'dist/index.js',
      plugin('third', { load: `({ params }) => { if (params.note) throw new Error('too long') }` }),
    )
    await host.told(/replaced in .*loaded again: a, b/)
    await home.write('artifacts/b/b-params.json', artifact('Tell', { note: 'x' }))
    t.match(await host.told(/not loaded any more/), /warn {2}b is not loaded any more: .*too long/)
    await host.told(/replaced in .*loaded again: a$/)
    t.equal(await host.words('a'), 'third')
    await t.rejects(host.ask('b'), /404/)
    await home.write('dist/index.js', plugin('fourth'))
    await host.told(/replaced in .*loaded again: a, b$/)
    await host.told(/stopped/)
    t.equal(await host.words('b'), 'fourth')
    t.equal(host.stdout.length, 1, 'the address is said once')

    host.child.kill('SIGTERM')
    t.same(await host.ended, [0, null])
  },
)

t.test('nobody is refused while hosts replace each other, on old connections or new ones', async t => {
  const { home, host } = await platform(t)
  const url = `${await host.url()}/models/a/invoke`
  let isOver = false
  const counts = { lasting: 0, fresh: 0 }
  const askOn = async (kind: keyof typeof counts) => {
    const headers = { 'content-type': 'application/json', ...(kind === 'fresh' ? { connection: 'close' } : {}) }
    while (!isOver) {
      const answer = await fetch(url, { method: 'POST', headers, body: '{}' })
      if (answer.status !== 200) t.fail(`${answer.status} ${await answer.text()}`)
      await answer.arrayBuffer()
      counts[kind]++
    }
  }
  const asking = Promise.all([askOn('lasting'), askOn('fresh')])
  for (const words of ['second', 'third', 'fourth']) {
    await home.write('dist/index.js', plugin(words))
    await host.told(/replaced in/)
    t.equal(await host.words('a'), words)
  }
  isOver = true
  await asking
  t.ok(
    counts.lasting > 0 && counts.fresh > 0,
    `${counts.lasting} requests on connections that last, ${counts.fresh} on new ones`,
  )
  host.child.kill('SIGINT')
  t.same(await host.ended, [0, null])
})

t.test(
  'with a store: an artifact that is trained again is seen, and a host that is killed is started by the next change',
  async t => {
    const home = await pluginHome(t, files)
    const store = join(home.path, 'artifacts')
    const host = startWatched(t, ['--plugin', home.path, '--store', store])
    const first = await host.ask('a')
    await home.write('next/a-params.json', artifact('Tell', { note: 'new' }))
    await rm(join(store, 'a'), { recursive: true })
    await rename(join(home.path, 'next'), join(store, 'a'))
    t.match(await host.told(/changed/), /a-params\.json/)
    await host.told(/replaced in .*loaded again: a$/)
    const second = await host.ask('a')
    t.not(second.pid, first.pid)

    process.kill(second.pid, 'SIGKILL')
    await host.told(/error the host has ended by itself \(SIGKILL\); the next change starts it again/)
    await t.rejects(host.ask('a'), 'it is not there')
    await home.write('dist/index.js', plugin('second'))
    await host.told(/replaced in .*loaded again: a$/)
    t.equal(await host.words('a'), 'second', 'at the same address')
    host.child.kill('SIGTERM')
    t.same(await host.ended, [0, null])
  },
)

t.test('in a folder of plugins, one may come and go; one model is loaded before the old host goes', async t => {
  const home = await pluginHome(t, {
    'plugins/one.js': plugin('one', { name: 'One' }),
    'a/a-params.json': artifact('One'),
  })
  const host = startWatched(t, ['--plugin-folder', join(home.path, 'plugins'), '--single', join(home.path, 'a')])
  t.equal(await host.words('model'), 'one')
  await home.write('a/a-params.json', artifact('Two'))
  await host.told(/error .*model_name "Two", which no plugin provides.*serves on/)
  t.equal(await host.words('model'), 'one')
  await home.write('plugins/two/index.js', plugin('two', { name: 'Two' }))
  await host.told(/error Plugin .*two: .*package\.json.*serves on/)
  await home.write('plugins/two/package.json', '{"type": "module"}')
  await host.told(/replaced in/)
  t.equal(await host.words('model'), 'two')
  await rm(join(home.path, 'plugins/two'), { recursive: true })
  await host.told(/error .*no plugin provides.*Known: .*One/)
  t.equal(await host.words('model'), 'two')
  host.child.kill('SIGINT')
  t.same(await host.ended, [0, null])
})

t.test('a plugin that is not built yet is waited for', async t => {
  const home = await pluginHome(t, { 'package.json': manifest, 'src/index.ts': 'export {}' })
  const host = startWatched(t, ['--plugin', home.path])
  await host.told(/error Plugin .*dist\/index\.js does not exist. Build the plugin first. Waiting for a change/)
  await home.write('src/index.ts', 'export default {}')
  await home.write('dist/index.js', plugin('first'))
  t.match(await host.told(/changed/), /dist\/index\.js; starting/)
  await host.url()
  host.child.kill('SIGINT')
  t.same(await host.ended, [0, null])
})

t.test('what has nothing to watch, or no port, is wrong usage', async t => {
  const alone = startWatched(t, [])
  await alone.told(/modelhost: --watch has nothing to watch.* --plugin/)
  t.same(await alone.ended, [2, null])
  const { home, host } = await platform(t)
  const second = startWatched(t, ['--plugin', home.path, '--port', new URL(await host.url()).port])
  await second.told(/modelhost: .*cannot be listened on/)
  t.same(await second.ended, [2, null])
  host.child.kill('SIGINT')
  t.same(await host.ended, [0, null])
})

t.test('Ctrl-C, which both processes get, ends both once all is answered; pressed again, at once', async t => {
  const { host } = await platform(t, [], 'exec setsid "$@"')
  const gate = await openGate(t)
  const accepted = host.ask('a', { path: gate.path })
  const [held] = await gate.arrived
  const press = () => process.kill(-host.child.pid!, 'SIGINT')
  press()
  await host.told(/draining/)
  held.end()
  t.equal((await accepted).words, 'first')
  t.same(await host.ended, [0, null])

  const { host: other } = await platform(t, [], 'exec setsid "$@"')
  const otherGate = await openGate(t)
  const lost = other.ask('a', { path: otherGate.path })
  await otherGate.arrived
  process.kill(-other.child.pid!, 'SIGINT')
  // Two that come before the process has run are one.
  await other.told(/SIGINT: .*once more ends at once/)
  process.kill(-other.child.pid!, 'SIGINT')
  await t.rejects(lost)
  t.same(await other.ended, [1, null])
})

t.test('what an old host loads while it goes, the new one has at once', async t => {
  const load = `async ({ params }) => { if (params.note) await once(connect(params.note).resume(), 'end') }`
  const home = await pluginHome(t, { ...files, 'dist/index.js': plugin('first', { load }) })
  const host = startWatched(t, ['--plugin', home.path, '--lanes', '2'])
  t.equal(await host.load('a', join(home.path, 'artifacts/a')), 200)
  const [predictGate, loadGate] = [await openGate(t), await openGate(t)]
  const accepted = host.ask('a', { path: predictGate.path })
  const [held] = await predictGate.arrived
  await home.write('artifacts/b/b-params.json', artifact('Tell', { note: loadGate.path }))
  const loading = host.load('b', join(home.path, 'artifacts/b'))
  const [heldLoad] = await loadGate.arrived
  loadGate.letThrough()
  await home.write('dist/index.js', plugin('second', { load }))
  await host.told(/replaced in .*loaded again: a$/)
  heldLoad.end()
  t.equal(await loading, 200)
  await host.told(/model loaded model=b/)
  await host.told(/model loaded model=b/)
  t.equal(await host.words('b'), 'second', 'while the old one has something to answer')
  held.end()
  t.equal((await accepted).words, 'first')
  await host.told(/stopped/)
  t.equal(await host.words('b'), 'second')
  host.child.kill('SIGINT')
  t.same(await host.ended, [0, null])
})

t.test('a loop at the top level of a module is no start, and a host that does not end is ended', async t => {
  const { home, host } = await platform(t, ['--drain-timeout-ms', '100'])
  prepareCluster()
  const other = startHostProcess(() => {})
  await home.write('loop/index.mjs', 'for (;;);')
  await t.rejects(other.prepare({ plugin: [join(home.path, 'loop/index.mjs')] }, 0, 100), {
    message: /not imported within 0\.1 s: .*a loop, does not end\. Move it/,
  })
  other.kill()
  t.equal(await other.ended, 'SIGKILL')

  const { pid } = await host.ask('a')
  process.kill(pid, 'SIGSTOP')
  await home.write('dist/index.js', plugin('second'))
  await host.told(/replaced in/)
  t.equal(await host.words('a'), 'second')
  await home.write('dist/index.js', plugin('third'))
  await host.told(/replaced in/)
  t.equal(await host.words('a'), 'third')
  host.child.kill('SIGINT')
  t.same(await host.ended, [0, null])
})

t.test('a host ends with the process that watches', async t => {
  const { host } = await platform(t)
  host.child.kill('SIGKILL')
  t.same(await host.ended, [null, 'SIGKILL'])
})
