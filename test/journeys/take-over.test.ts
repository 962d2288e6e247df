import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { type Host, type HostOptions, readSettings, startHost } from '../../core/host.js'
import { folder, pluginPath } from '../helpers/artifacts.js'
import { silentLog } from '../helpers/silent-log.js'

/** One host loads what another holds, and listens then; `serve --watch` does so with processes. */

async function start(t: Test, flags: object, options: Omit<HostOptions, 'settings'> = {}): Promise<Host> {
  const { settings } = await readSettings({
    flags: { port: 0, lanes: 1, plugin: [pluginPath('probe')], ...flags },
    env: { SAGEMAKER_MULTI_MODEL: 'store' in flags ? 'false' : 'true' },
  })
  const host = await startHost({ settings, log: silentLog, ...options })
  t.teardown(() => host.close())
  return host
}

const artifact = { 'a/Probe-params.json': JSON.stringify({ model_name: 'Probe' }) }
const namesOf = (host: Host) => host.held().map(({ modelName }) => modelName)

t.test('what is loaded in one host is loaded in another before it listens', async t => {
  const path = await folder(t, artifact)
  let changes = 0
  const old = await start(t, {}, { onModels: () => changes++ })
  const beganMs = Date.now()
  await old.models.load('m', { folder: join(path, 'a') })
  await old.models.load('n', { folder: join(path, 'a') })
  await old.models.unload('n')
  t.equal(changes, 3)
  const [held] = old.held()
  t.match(held, { modelName: 'm', url: join(path, 'a'), isPinned: false })
  t.ok(held!.sinceMs >= beganMs - 1 && held!.sinceMs <= Date.now(), 'with the time its load began')

  const beforeListening: HostOptions['beforeListening'] = async ({ take }) => {
    await t.rejects(take({ ...held!, url: join(path, 'gone') }), { code: 'ARTIFACT_NOT_FOUND' })
    await take(held!)
  }
  const next = await start(t, {}, { beforeListening })
  t.same(namesOf(next), ['m'])
  t.equal((await fetch(`${next.url}/health/ready`)).status, 200, 'from its first answer on')
})

t.test('of a store, what was pinned stays pinned', async t => {
  const path = await folder(t, { ...artifact, 'b/Probe-params.json': artifact['a/Probe-params.json'] })
  const old = await start(t, { store: path, preload: ['b'] })
  await old.ready
  const body = JSON.stringify({ model_name: 'a' })
  t.equal((await fetch(`${old.url}/models`, { method: 'POST', body })).status, 200)
  const held = old.held()
  t.match(held, [
    { modelName: 'b', isPinned: false },
    { modelName: 'a', isPinned: true },
  ])
  const next = await start(
    t,
    { store: path },
    { beforeListening: async ({ take }) => void (await Promise.all(held.map(take))) },
  )
  const pins = next.held().map(({ modelName, isPinned }) => [modelName, isPinned])
  t.same(pins.sort(), [
    ['a', true],
    ['b', false],
  ])
})

t.test('a host that hands over refuses nobody who is connected, and says so when nobody is', async t => {
  const host = await start(t, {})
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => agent.destroy())
  const ask = async () => {
    const [answer] = (await once(get(`${host.url}/ping`, { agent }), 'response')) as [IncomingMessage]
    await text(answer)
    return answer
  }
  t.match(await ask(), { statusCode: 200, headers: { connection: 'keep-alive' } })
  const handedOver = new Promise<void>(resolve => void host.close({ delayMs: 500, onHandedOver: resolve }))
  t.match(await ask(), { statusCode: 200, headers: { connection: 'close' } }, 'on the connection from before')
  await handedOver
  await t.rejects(ask(), 'who listens now is another process')
})
