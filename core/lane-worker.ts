import { type MessagePort, workerData } from 'node:worker_threads'
import { createCodec } from './codec.js'
import { describeError, fail, type HostError, isHostError } from './errors.js'
import { collectGarbage } from './garbage.js'
import { LaneAssets, loadModel } from './lane-artifact.js'
import { createLaneLog, errorFields } from './lane-log.js'
import {
  Control,
  dropRunning,
  type LaneData,
  type LaneFailure,
  type LoadJob,
  type LoadResult,
  loadRunning,
  nothingRunning,
  Outcome,
  sharedClockMs,
  type Turn,
  type TurnResult,
} from './lane-messages.js'
import { answerRequest, type Resident } from './lane-predict.js'
import { printAtOnce } from './lane-print.js'
import { LaneContext } from './lane-signal.js'
import { warmUp, warmUpLimitMs } from './lane-warm-up.js'
import type { AnyPlugin } from './plugin.js'

/**
 * The lane's side: a task that never ends, and answers turns on a port of its own.
 *
 * Before each step it writes what it runs and since when into the control array, so that the main thread can tell,
 * when this thread hangs or dies, whose fault it was.
 */
const data = workerData as LaneData
// What a plugin prints is no result: a caller may read this process's stdout.
Object.defineProperty(process, 'stdout', { value: process.stderr, configurable: true })
printAtOnce(process.stderr)
const { control, lane } = data
const residents = new Map<number, Resident>()
const laneAssets = new LaneAssets(lane)
const codecs = new Map<AnyPlugin, ReturnType<typeof createCodec>>()

export default function serveTurns({ port }: { port: MessagePort }): Promise<never> {
  port.on('message', (turn: Turn) => {
    void runTurn(turn).then(result => {
      Atomics.store(control, Control.running, nothingRunning)
      post(port, result)
    })
  })
  return new Promise(() => {})
}

// Below this a copy is cheaper than handing the buffer over.
const worthMovingBytes = 65_536

function post(port: MessagePort, result: TurnResult): void {
  port.postMessage(result, result.bytes.length < worthMovingBytes ? [] : [result.bytes.buffer as ArrayBuffer])
}

/** From now on, this is what runs. */
function begin(what: number, nowMs?: number): void {
  Atomics.store(control, Control.startedMs, sharedClockMs(nowMs))
  Atomics.store(control, Control.running, what)
}

async function runTurn(turn: Turn): Promise<TurnResult> {
  for (const [k, key] of turn.drops.entries()) await drop(key, k)
  if (turn.collect) collectGarbage()
  const loads: LoadResult[] = []
  for (const [k, job] of turn.loads.entries()) loads.push(await load(job, k, warmUpLimitMs(turn)))
  return predictAll(turn, loads)
}

async function drop(key: number, index: number): Promise<void> {
  const resident = residents.get(key)
  if (!resident) return
  residents.delete(key)
  if (resident.plugin.unload) {
    begin(dropRunning(index))
    try {
      await resident.plugin.unload(resident.model)
    } catch (error) {
      resident.log.error(errorFields(error), 'unload hook failed')
    }
  }
  laneAssets.release(key)
}

async function load(job: LoadJob, index: number, warmUpMs: number): Promise<LoadResult> {
  begin(loadRunning(index))
  const log = createLaneLog({ model: job.modelName, plugin: job.pluginName, lane })
  try {
    const { default: plugin } = (await import(job.module)) as { default: AnyPlugin }
    let codec = codecs.get(plugin)
    if (!codec) {
      codec = createCodec(plugin, data)
      codecs.set(plugin, codec)
    }
    const model = await loadModel(plugin, job, lane, laneAssets, log)
    const resident = { modelName: job.modelName, plugin, codec, model, log }
    await warmUp(resident, job.examples, warmUpMs)
    residents.set(job.key, resident)
    return { ok: true }
  } catch (error) {
    laneAssets.release(job.key)
    if (!isHostError(error)) log.error(errorFields(error), 'load failed')
    const problem = describeError(error)
    return failure(
      isHostError(error)
        ? error
        : fail('LOAD_FAILED', { model: job.modelName, plugin: job.pluginName, problem }, error),
    )
  }
}

const failure = ({ code, message }: HostError): LaneFailure => ({ ok: false, code, message })

async function predictAll(turn: Turn, loads: readonly LoadResult[]): Promise<TurnResult> {
  const { requests, requestIds, heads, bytes } = turn
  const answers: number[] = []
  const types: string[] = []
  const failures: LaneFailure[] = []
  const attributes: [number, string][] = []
  const bodies: Uint8Array[] = []
  let offset = 0
  let before = performance.now()
  for (let i = 0; i < requestIds.length; i++) {
    const body = bytes.subarray(offset, offset + requests[i * 3 + 1]!)
    offset += body.length
    const resident = residents.get(requests[i * 3]!)
    if (!resident) {
      answers.push(Outcome.missing, 0, 0)
      continue
    }
    begin(i, before)
    const head = heads[requests[i * 3 + 2]!]!
    const context = new LaneContext(requestIds[i]!, head.customAttributes, resident.log, i, data)
    let outcome: number
    let length = 0
    try {
      const answer = await answerRequest(resident, body, head, context)
      outcome = types.indexOf(answer.type)
      if (outcome < 0) outcome = types.push(answer.type) - 1
      length = answer.body.length
      bodies.push(answer.body)
      const goingBack = context.attributesForHeader()
      if (goingBack !== '') attributes.push([i, goingBack])
    } catch (error) {
      outcome = Outcome.failure(failures.push(toFailure(error, resident, context.requestId)) - 1)
    }
    context.end()
    const after = performance.now()
    answers.push(outcome, length, after - before)
    before = after
  }
  return { loads, answers, types, failures, attributes, bytes: join(bodies) }
}

function toFailure(error: unknown, resident: Resident, requestId: string): LaneFailure {
  if (isHostError(error)) return failure(error)
  resident.log.error({ requestId, ...errorFields(error) }, 'request failed')
  return failure(fail('PREDICT_FAILED', { plugin: resident.plugin.name, problem: describeError(error) }, error))
}

/** The bodies in one buffer that is theirs alone. */
function join(bodies: readonly Uint8Array[]): Uint8Array {
  const only = bodies[0]
  if (bodies.length === 1 && only && only.byteLength === only.buffer.byteLength) return only
  const bytes = new Uint8Array(bodies.reduce((sum, body) => sum + body.length, 0))
  let at = 0
  for (const body of bodies) {
    bytes.set(body, at)
    at += body.length
  }
  return bytes
}
