import { setTimeout } from 'node:timers/promises'
import type { Test } from 'tap'
import { type ImageHost, type Running, serveImage } from '../host.js'

/** Of SageMaker, between SIGTERM and SIGKILL. */
const graceMs = 30_000

/** The end of a container. Its image has the plugin Patience. */
export function tellDrain(t: Test, running: Running, tooLong: ReturnType<typeof stopTooLate>): void {
  t.test('after SIGTERM what was accepted is answered, and the process ends with 0 in time', async t => {
    const host = await servePatience(t, running)
    const asked = Array.from({ length: 4 }, () => host.invoke('p', { ms: 2500 }))
    await accepted(host, asked)
    const stopped = host.stop()
    const statuses = await Promise.all(asked.map(async answer => (await answer).status))
    t.same(statuses, [200, 200, 200, 200])
    const { code, signal, ms } = await stopped
    t.match({ code, signal }, { code: 0, signal: null })
    t.ok(ms < graceMs, `${Math.round(ms)} ms`)
    t.match(host.lines('stopped').length, 1)
  })

  t.test('what would take too long is answered with 503 before the kill', async t => {
    const { status, body, code, signal, ms } = await tooLong
    t.match({ status, body }, { status: 503, body: { error: { code: 'DRAINING' } } })
    t.match({ code, signal }, { code: 0, signal: null })
    t.ok(ms > 20_000 && ms < graceMs, `${Math.round(ms)} ms`)
  })
}

/** Stops a host that has a request for longer than there is time: half a minute, in which other stories are told. */
export async function stopTooLate(t: Test, running: Running) {
  const host = await servePatience(t, running)
  const asked = host.invoke('p', { ms: 50_000 })
  await accepted(host, [asked])
  const stopped = host.stop()
  const answer = await asked
  return { status: answer.status, body: await answer.json(), ...(await stopped) }
}

async function servePatience(t: Test, running: Running): Promise<ImageHost> {
  const host = await serveImage(t, running, { env: { MODELHOST_LANES: '4' } })
  const { status } = await host.load('p', await host.place({ 'p-params.json': '{"model_name": "Patience"}' }))
  if (status !== 200) throw new Error(`The model of the plugin Patience cannot be loaded (${status}).`)
  return host
}

/** Resolves once the host has accepted these requests. */
async function accepted(host: ImageHost, asked: readonly Promise<Response>[]): Promise<void> {
  let isOver = false
  const over = Promise.race(asked).then(({ status }) => {
    isOver = true
    throw new Error(`A request was answered with ${status} before its time.`)
  })
  const seen = async () => {
    while (!isOver) {
      const { running, waiting } = (await (await fetch(`${host.url}/health/ready`)).json()) as Record<string, number>
      if (running! + waiting! >= asked.length) return
      await setTimeout(20)
    }
  }
  await Promise.race([over, seen()])
  over.catch(() => {})
}
