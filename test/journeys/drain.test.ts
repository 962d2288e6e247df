import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { startHost } from 'modelhost/testing'
import t, { type Test } from 'tap'
import { folder, pluginPath, probeArtifact } from '../helpers/artifacts.js'
import { createLatch } from '../helpers/latch.js'
import { startCli } from '../helpers/run-cli.js'

interface Seen {
  readonly status: number
  readonly connection: string | null | undefined
}

/** What a client makes of one request; it never tries again. */
type Client = (url: string) => Promise<Seen>

function byAgent(t: Test): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => agent.destroy())
  return async url => {
    const sent = request(url, { method: 'POST', agent })
    sent.end('a text')
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    await text(answer)
    return { status: answer.statusCode!, connection: answer.headers.connection }
  }
}

const byFetch: Client = async url => {
  const answer = await fetch(url, { method: 'POST', body: 'a text' })
  await answer.text()
  return { status: answer.status, connection: answer.headers.get('connection') }
}

const codeOf = (error: Error): unknown =>
  (error as NodeJS.ErrnoException).code ?? (error.cause as { code?: string })?.code

t.test('SIGTERM under load of 32 keep-alive clients: no request is lost, no connection reset', async t => {
  const child = startCli('serve', '--port', '0', '--plugin', pluginPath('noop'), '--drain-delay-ms', '400')
  t.teardown(() => child.kill('SIGKILL'))
  const ended = once(child, 'close')
  child.stderr.resume()
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  const host = line.replace('listening on ', '')
  const artifact = await folder(t, { 'a-params.json': '{"model_name": "Noop"}' })
  const loaded = await fetch(`${host}/models`, {
    method: 'POST',
    body: JSON.stringify({ model_name: 'm', url: artifact }),
  })
  t.equal(loaded.status, 200)

  const counts = { served: 0, servedLast: 0, refused: 0, unreachable: 0 }
  const problems: unknown[] = []
  let warm = () => {}
  const isWarm = new Promise<void>(resolve => {
    warm = resolve
  })
  const run = async (client: Client) => {
    for (;;) {
      try {
        const { status, connection } = await client(`${host}/models/m/invoke`)
        if (status !== 200) {
          if (status === 503 && connection === 'close') counts.refused++
          else problems.push({ status, connection })
          return
        }
        counts.served++
        if (connection === 'close') counts.servedLast++
        if (counts.served === 1000) warm()
      } catch (error) {
        // Nothing was sent.
        if (codeOf(error as Error) === 'ECONNREFUSED') counts.unreachable++
        else problems.push(error)
        return
      }
    }
  }
  const clients = [...Array(32).keys()].map(i => run(i % 2 === 0 ? byAgent(t) : byFetch))
  await isWarm
  child.kill('SIGTERM')
  await Promise.all(clients)
  t.same(problems, [])
  t.same(await ended, [0, null])
  t.ok(counts.servedLast > 32, 'requests are served while the host drains, each the last of its connection')
  t.equal(counts.refused + counts.unreachable, 32)
  t.comment(counts)
})

/** A connection on which a test writes what it likes. */
async function open(t: Test, url: string) {
  const { hostname, port } = new URL(url)
  const socket: Socket = connect(Number(port), hostname)
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  let received = ''
  socket.on('data', chunk => {
    received += chunk
  })
  const closed = once(socket, 'close').then(() => received)
  return { socket, closed }
}

const ping = 'GET /ping HTTP/1.1\r\nhost: x\r\n\r\n'
const invoke = (body: string) =>
  `POST /models/m/invoke HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`

t.test('of requests sent together, the last answer alone ends the connection', async t => {
  const latch = createLatch(t)
  const host = await startHost(t, { plugins: [pluginPath('probe')], lanes: 1 })
  await host.load('m', await probeArtifact(t))
  const { socket, closed } = await open(t, host.url)
  socket.write(invoke('{"text": "gate", "action": "wait"}') + invoke('{"text": "2"}') + invoke('{"text": "3"}'))
  await latch.arrived('gate')
  const gone = host.host.close()
  latch.open('gate')
  const heads = (await closed).split('HTTP/1.1 ').slice(1)
  t.same(
    heads.map(head => [head.slice(0, 3), /^connection: (.*)\r$/im.exec(head)?.[1]]),
    [
      ['200', 'keep-alive'],
      ['200', 'keep-alive'],
      ['200', 'close'],
    ],
  )
  await gone
})

t.test('a connection that idles, and one that was never used, are closed; work that was accepted is not', async t => {
  const latch = createLatch(t)
  const host = await startHost(t, { plugins: [pluginPath('probe')] })
  await host.load('m', await probeArtifact(t))
  const unused = await open(t, host.url)
  const idle = await open(t, host.url)
  idle.socket.write(ping)
  await once(idle.socket, 'data')
  const accepted = host.invoke('m', { text: 'gate', action: 'wait' })
  await latch.arrived('gate')
  const gone = host.host.close({ delayMs: 50 })
  t.equal(await unused.closed, '')
  t.match(await idle.closed, /^HTTP\/1.1 200/)
  latch.open('gate')
  t.equal((await accepted).status, 200)
  await gone
})

t.test('while it drains a host serves new connections, and says with each answer that it is the last', async t => {
  const host = await startHost(t, { plugins: [pluginPath('probe')] })
  await host.load('m', await probeArtifact(t))
  const gone = host.host.close({ delayMs: 200 })
  const ready = await fetch(`${host.url}/health/ready`)
  t.equal(ready.status, 503)
  t.match(await ready.json(), { ready: false, draining: true })
  const served = await host.invoke('m', 'x')
  t.equal(served.status, 200)
  t.equal(served.headers.get('connection'), 'close')
  const missing = await host.invoke('nobody', 'x'.repeat(1_000_000))
  t.equal(missing.status, 404, 'an answer before the body is read is not lost to a reset')
  await gone
})

t.test('what comes too late is read to its end, and answered 503', async t => {
  const latch = createLatch(t)
  const host = await startHost(t, { plugins: [pluginPath('probe')] })
  await host.load('m', await probeArtifact(t))
  const { socket, closed } = await open(t, host.url)
  const length = 5_000_000
  // Sent in part, so that its connection is not idle when the host stops to take requests.
  socket.write('POST /models/m/invoke HTTP/1.1\r\nhost: x\r\n')
  const accepted = host.invoke('m', { text: 'gate', action: 'wait' })
  await latch.arrived('gate')
  const gone = host.host.close()
  socket.write(`content-length: ${length}\r\n\r\n${'x'.repeat(1000)}`)
  latch.open('gate')
  t.equal((await accepted).status, 200)
  socket.write('x'.repeat(length - 1000))
  const answer = await closed
  t.match(answer, /^HTTP\/1.1 503 .*connection: close\r\n.*"DRAINING"/is)
  await gone
})

t.test('a large answer is read to its end, however slowly', async t => {
  const host = await startHost(t, { plugins: [pluginPath('probe')] })
  await host.load('m', await probeArtifact(t))
  const { socket, closed } = await open(t, host.url)
  socket.pause()
  const length = 5_000_000
  const head = `POST /models/m/invoke HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: ${length}\r\n\r\n`
  const { models } = host.host
  socket.write(head + 'x'.repeat(length))
  while (models.get('m').running === 0) await setImmediate()
  while (models.get('m').running > 0) await setImmediate()
  const gone = host.host.close()
  // Some times what the host waits between two looks for idle connections.
  await setTimeout(200)
  socket.resume()
  t.ok((await closed).length > length)
  await gone
})

t.test('a client that does not read its answer is cut once the time is over', async t => {
  const host = await startHost(t, { plugins: [pluginPath('probe')], drainTimeoutMs: 200, drainDelayMs: 0 })
  await host.load('m', await probeArtifact(t))
  const { socket, closed } = await open(t, host.url)
  socket.on('error', () => {}).pause()
  const length = 5_000_000
  const head = `POST /models/m/invoke HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: ${length}\r\n\r\n`
  const { models } = host.host
  socket.write(head + 'x'.repeat(length))
  while (models.get('m').running === 0) await setImmediate()
  while (models.get('m').running > 0) await setImmediate()
  const startMs = performance.now()
  await host.host.close()
  t.ok(performance.now() - startMs >= 1000, 'its answer has a second more to be read')
  socket.resume()
  t.ok((await closed).length < length)
})
