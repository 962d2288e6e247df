import { workerData } from 'node:worker_threads'
import { move, transferableSymbol, valueSymbol } from 'piscina'
import { createCodec } from './codec.js'
import { describeError, fail, type HostError, isHostError } from './errors.js'
import { collectGarbage } from './garbage.js'
import { openArtifact, openAssets } from './lane-artifact.js'
import { createLaneLog, errorFields } from './lane-log.js'
import {
  Control,
  type LaneAnswer,
  type LaneData,
  type LaneFailure,
  type LaneRequest,
  type LoadJob,
  loadRunning,
  nothingRunning,
  sharedClockMs,
  type Turn,
  type TurnResult,
} from './lane-messages.js'
import { answerRequest, type Resident } from './lane-predict.js'
import { LaneContext } from './lane-signal.js'
import type { AnyPlugin } from './plugin.js'

/**
 * The lane's side of a turn: drops, garbage, loads, then requests one after the other.
 *
 * Before each step it writes what it runs and since when into the control array, so that the main thread can tell,
 * when this thread hangs or dies, whose fault it was.
 */
const data = workerData as LaneData
const { control, lane } = data
const residents = new Map<number, Resident>()
const codecs = new Map<AnyPlugin, ReturnType<typeof createCodec>>()

export default async function runTurn(turn: Turn): Promise<unknown> {
  try {
    for (const key of turn.drops) await drop(key)
    if (turn.collect) collectGarbage()
    const loads: TurnResult['loads'][number][] = []
    for (const [k, job] of turn.loads.entries()) loads.push(await load(job, k))
    return await predictAll(turn, loads)
  } finally {
    Atomics.store(control, Control.running, nothingRunning)
  }
}

async function drop(key: number): Promise<void> {
  const resident = residents.get(key)
  residents.delete(key)
  try {
    await resident?.plugin.unload?.(resident.model)
  } catch (error) {
    resident?.log.error(errorFields(error), 'unload hook failed')
  }
}

async function load(job: LoadJob, index: number): Promise<{ ok: true } | LaneFailure> {
  Atomics.store(control, Control.startedMs, sharedClockMs())
  Atomics.store(control, Control.running, loadRunning(index))
  const log = createLaneLog({ model: job.modelName, plugin: job.pluginName, lane })
  try {
    const { default: plugin } = (await import(job.module)) as { default: AnyPlugin }
    let codec = codecs.get(plugin)
    if (!codec) {
      codec = createCodec(plugin, data)
      codecs.set(plugin, codec)
    }
    const artifact = openArtifact(job, lane)
    // A plugin that never looks at its model file must not make a broken one look sound.
    if (artifact.has('model')) artifact.file('model').tensors()
    const model = await plugin.load({ artifact, params: job.params, assets: openAssets(job.assets), log })
    residents.set(job.key, { modelName: job.modelName, plugin, codec, model, log })
    return { ok: true }
  } catch (error) {
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

async function predictAll(turn: Turn, loads: TurnResult['loads']): Promise<unknown> {
  const answers: TurnResult['answers'][number][] = []
  const durations = new Float64Array(turn.requests.length)
  const bodies: Uint8Array[] = []
  let offset = 0
  let before = performance.now()
  for (const [i, request] of turn.requests.entries()) {
    const resident = residents.get(request.key)
    if (!resident) {
      answers.push({ ok: 'missing' })
      continue
    }
    Atomics.store(control, Control.startedMs, sharedClockMs(before))
    Atomics.store(control, Control.running, i)
    const answer = await answerOne(resident, request, turn.bytes, i)
    if (answer.ok) {
      answers.push({ ...answer.head, offset, length: answer.body.length })
      bodies.push(answer.body)
      offset += answer.body.length
    } else {
      answers.push(answer)
    }
    const after = performance.now()
    durations[i] = after - before
    before = after
  }
  return transferred({ loads, answers, durations, bytes: join(bodies, offset) })
}

interface Answered {
  readonly ok: true
  readonly head: Omit<LaneAnswer, 'offset' | 'length'>
  readonly body: Uint8Array
}

async function answerOne(
  resident: Resident,
  request: LaneRequest,
  bytes: Uint8Array,
  index: number,
): Promise<Answered | LaneFailure> {
  const body = bytes.subarray(request.offset, request.offset + request.length)
  const context = new LaneContext(request.requestId, request.customAttributes, resident.log, index, data)
  try {
    const encoded = await answerRequest(resident, { ...request, body }, context)
    return {
      ok: true,
      head: { ok: true, type: encoded.type, customAttributes: context.attributesForHeader() },
      body: encoded.body,
    }
  } catch (error) {
    if (isHostError(error)) return failure(error)
    resident.log.error({ requestId: request.requestId, ...errorFields(error) }, 'request failed')
    return failure(fail('PREDICT_FAILED', { plugin: resident.plugin.name, problem: describeError(error) }, error))
  } finally {
    context.end()
  }
}

function join(bodies: readonly Uint8Array[], length: number): Uint8Array {
  const only = bodies[0]
  if (bodies.length === 1 && only && only.byteLength === only.buffer.byteLength) return only
  const bytes = new Uint8Array(length)
  let at = 0
  for (const body of bodies) {
    bytes.set(body, at)
    at += body.length
  }
  return bytes
}

// Below this a copy is cheaper than handing the buffer over.
const worthMovingBytes = 65_536

function transferred(result: TurnResult): unknown {
  if (result.bytes.length < worthMovingBytes) return result
  return move({ [transferableSymbol]: [result.bytes.buffer], [valueSymbol]: result } as never)
}
