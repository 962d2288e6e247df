/**
 * A real host of two lanes, each known by a probe in it:
 *
 *   lane 0: probe-0, model          lane 1: probe-1, model
 *
 * While one probe holds its lane, what is asked of the model is answered by the other lane.
 */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BroadcastChannel } from 'node:worker_threads'
import type { Log } from '../plugin.js'
import { readAnswer } from './host-answer.js'
import { silent } from './local-lanes.js'
import { startHost, type TestHost } from './start-host.js'

export type LaneIndex = 0 | 1

export interface LaneHost extends TestHost {
  /** Does work while the other lane is held. */
  inLane<T>(lane: LaneIndex, work: () => Promise<T>): Promise<T>
  /** Bytes on the heaps of all lanes, after their garbage was collected. */
  heapBytes(): Promise<number>
  /** Stack of the last error that a plugin threw in a lane. */
  lastStack(): string | undefined
}

const probe = fileURLToPath(new URL('./lane-probe.js', import.meta.url))
const probeName = (lane: LaneIndex) => `modelhost-lane-probe-${lane}`

/**
 * @param plugins    paths of further plugins
 * @param timeoutMs  within which each prediction must end; a load and an unload, too
 * @throws HostError PLUGIN_INVALID
 */
export async function startLaneHost(plugins: readonly string[], timeoutMs: number): Promise<LaneHost> {
  const folder = await mkdtemp(join(tmpdir(), 'modelhost-test-'))
  const channelName = `modelhost-lane-probe-${randomUUID()}`
  const channel = new BroadcastChannel(channelName)
  let stack: string | undefined
  const log: Log = {
    ...silent,
    error: fields => {
      stack = (fields as { stack?: string }).stack ?? stack
    },
  }
  const endings: (() => unknown)[] = [
    () => rm(folder, { recursive: true, force: true }),
    // What still holds a lane keeps a host from closing.
    () => channel.postMessage('go'),
  ]
  const close = async () => {
    for (const end of endings.toReversed()) await end()
    channel.close()
  }
  try {
    await writeFile(
      join(folder, 'probe-params.json'),
      JSON.stringify({ model_name: 'ModelhostLaneProbe', channel: channelName }),
    )
    const flags = {
      plugins: [...plugins, probe],
      lanes: 2,
      predictTimeoutMs: timeoutMs,
      loadTimeoutMs: Math.max(timeoutMs, 1000),
      drainTimeoutMs: 1000,
    }
    const host = await startHost({ after: end => endings.splice(1, 0, end) }, flags, log)
    // A new model goes where the fewest are: the second probe into the second lane.
    for (const lane of [0, 1] as const) await readAnswer(await host.load(probeName(lane), folder), probeName(lane))
    const askProbe = (lane: LaneIndex, request: object) =>
      host.ask(probeName(lane), request) as Promise<{ heapBytes: number }>
    return {
      ...host,
      close,
      lastStack: () => stack,
      async heapBytes() {
        const lanes = await Promise.all([askProbe(0, {}), askProbe(1, {})])
        return lanes.reduce((sum, { heapBytes }) => sum + heapBytes, 0)
      },
      async inLane(lane, work) {
        const isHeld = new Promise<void>(resolve => {
          channel.onmessage = event => {
            if ((event as { data: unknown }).data === 'held') resolve()
          }
        })
        const held = askProbe(lane === 0 ? 1 : 0, { hold: true })
        try {
          await Promise.race([isHeld, held])
          return await work()
        } finally {
          channel.postMessage('go')
          // What its lane ended with is no finding about the work.
          await held.catch(() => {})
        }
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}
