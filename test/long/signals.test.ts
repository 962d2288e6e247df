import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t, { type Test } from 'tap'
import { folder, pluginPath } from '../helpers/artifacts.js'
import { startCli } from '../helpers/run-cli.js'

/** What a signal does to a real `modelhost serve`. */

async function serve(t: Test, plugin: string, ...flags: string[]) {
  const child = startCli('serve', '--port', '0', '--lanes', '1', '--plugin', pluginPath(plugin.toLowerCase()), ...flags)
  t.teardown(() => child.kill('SIGKILL'))
  const ended = once(child, 'close')
  const log = createInterface(child.stderr)
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  const url = line.replace('listening on ', '')
  const path = await folder(t, { 'a-params.json': JSON.stringify({ model_name: plugin }) })
  const loaded = await fetch(`${url}/models`, { method: 'POST', body: JSON.stringify({ model_name: 'm', url: path }) })
  t.equal(loaded.status, 200)
  return {
    url,
    child,
    /** `[exit code, signal]` */
    ended,
    invoke: (request: object) =>
      fetch(`${url}/models/m/invoke`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(request),
      }),
    /** Sends a signal; resolves once the host says that it drains. */
    async terminate(signal: NodeJS.Signals = 'SIGTERM') {
      const draining = new Promise<void>(resolve => {
        log.on('line', line => {
          if (JSON.parse(line).msg === 'draining') resolve()
        })
      })
      child.kill(signal)
      await draining
    },
  }
}

/** Where a prediction of the gate plugin waits. */
async function openGate(t: Test) {
  const path = join(await folder(t), 'gate')
  const server = createServer().listen(path)
  t.teardown(() => server.close())
  await once(server, 'listening')
  return { path, arrived: once(server, 'connection') as Promise<[Socket]> }
}

for (const [signal, ...flags] of [['SIGTERM', '--drain-delay-ms', '0'], ['SIGINT']] as const) {
  t.test(`${signal} lets an accepted request finish, and the exit code is 0`, async t => {
    const host = await serve(t, 'Gate', ...flags)
    const gate = await openGate(t)
    const accepted = host.invoke({ path: gate.path })
    const [held] = await gate.arrived
    await host.terminate(signal)
    await t.rejects(fetch(`${host.url}/ping`), 'new connections are refused')
    held.end()
    const answer = await accepted
    t.equal(answer.status, 200)
    t.equal(await answer.json(), 'through')
    t.same(await host.ended, [0, null])
  })
}

t.test('a second SIGTERM ends the host at once', async t => {
  const host = await serve(t, 'Gate')
  const gate = await openGate(t)
  const accepted = host.invoke({ path: gate.path })
  await gate.arrived
  await host.terminate()
  host.child.kill('SIGTERM')
  await t.rejects(accepted)
  t.same(await host.ended, [1, null])
})

t.test('what loops for ever is answered with 503 when the time to drain is over', async t => {
  const host = await serve(t, 'Probe', '--drain-timeout-ms', '300')
  const accepted = host.invoke({ text: '', action: 'loop' })
  const running = async () => ((await (await fetch(`${host.url}/models/m`)).json()) as { running: number }).running
  while ((await running()) === 0);
  await host.terminate()
  const answer = await accepted
  t.equal(answer.status, 503)
  t.match(await answer.json(), { error: { code: 'DRAINING' } })
  t.same(await host.ended, [0, null])
})
