/** The checks of a plugin in the lanes of a real host. */
import type { AnyPlugin } from '../plugin.js'
import { type Checklist, Finding } from './checks.js'
import { findGrowth, type Growth } from './growth.js'
import { readAnswer } from './host-answer.js'
import { sendHostile } from './hostile-answers.js'
import { hostileBodies } from './hostile-bodies.js'
import { type LaneHost, startLaneHost } from './lane-host.js'
import { type Asked, instanceOf, type LocalModel, same } from './local-checks.js'
import { digest } from './local-lanes.js'
import { requestsPerSecond } from './speed.js'

export interface HostOptions {
  readonly plugin: AnyPlugin
  readonly artifact: string
  /** Paths for the host's `plugins`. */
  readonly plugins: readonly string[]
  readonly timeoutMs: number
  readonly loads: number
  readonly speedMs: number
}

export interface HostFigures extends Growth {
  readonly requestsPerSecond: number
}

const modelName = 'tested'

export async function checkInHost(list: Checklist, local: LocalModel, options: HostOptions): Promise<HostFigures> {
  const { plugin, artifact, plugins, timeoutMs } = options
  const { asked, codec } = local
  let host: LaneHost | undefined
  try {
    host = await list.make('host', async () => {
      const started = await startLaneHost(plugins, timeoutMs)
      host = started
      await load(started, artifact)
      return started
    })
    const lanes = host
    const { job } = lanes.host.models.laneModelOf(modelName)
    const before = digest(job)
    await list.make('lanes', async () => {
      for (const lane of [1, 0] as const) {
        await lanes.inLane(lane, () => askAll(lanes, lane === 1 ? asked.toReversed() : asked, `, in lane ${lane},`))
      }
      const { lanes: residents } = lanes.host.models.get(modelName)
      if (residents !== 2) throw new Finding(`its model in ${residents} of 2 lanes`)
    })
    const speed = await requestsPerSecond(lanes, modelName, asked, options.speedMs)
    await list.make('hostile', async () => {
      const bodies = hostileBodies(
        plugin,
        codec,
        asked.map(({ request }) => instanceOf(codec, request)),
      )
      await sendHostile(plugin, codec, bodies, (body, type) => send(lanes, body, type))
    })
    await list.make('afterwards', async () => {
      for (const lane of [0, 1] as const) await lanes.inLane(lane, () => askAll(lanes, asked, `, in lane ${lane},`))
    })
    await list.make('sharedImage', () => {
      if (digest(job) !== before) throw new Finding('other bytes after these predictions')
    })
    await list.make('reload', async () => {
      await unload(lanes)
      await load(lanes, artifact)
      await askAll(lanes, asked, ', loaded again,')
    })
    const growth = await list.make('growth', () =>
      findGrowth(lanes, options.loads, {
        load: () => load(lanes, artifact),
        ask: () => askAll(lanes, asked.slice(0, 1), ''),
        unload: () => unload(lanes),
      }),
    )
    await list.make('ledger', () => checkLedger(lanes))
    return { ...growth, requestsPerSecond: speed }
  } catch (error) {
    const stack = host?.lastStack()
    // Errors between threads have no stack; the log has that of what the plugin threw.
    if (stack !== undefined && error instanceof Error)
      error.message += `\n  in a lane:  ${stack.replaceAll('\n', '\n  ')}`
    throw error
  } finally {
    await host?.close()
  }
}

async function load(host: LaneHost, artifact: string): Promise<void> {
  await readAnswer(await host.load(modelName, artifact), 'POST /models')
}

async function unload(host: LaneHost): Promise<void> {
  await readAnswer(await host.unload(modelName), 'DELETE /models')
}

async function askAll(host: LaneHost, asked: readonly Asked[], where: string): Promise<void> {
  for (const { name, request, answer } of asked) {
    const body = Buffer.from(JSON.stringify(request))
    same(await host.ask(modelName, body), answer, `${name}${where}`)
  }
}

async function send(host: LaneHost, body: string | Uint8Array, type: string) {
  const response = await host.invoke(modelName, body, { 'content-type': type })
  return { status: response.status, text: await response.text() }
}

/** With its probes alone, as before the first load of the model. */
async function checkLedger({ host }: LaneHost): Promise<void> {
  const { models } = host.models.list(0, 10)
  const probes = models.reduce((sum, { bytes }) => sum + bytes, 0)
  const left = host.models.usedBytes - probes
  if (left !== 0) throw new Finding(`${left} bytes that no model has`, '0 bytes')
}
