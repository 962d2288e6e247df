import { deepStrictEqual, ok } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import type { Catalog } from '../catalog.js'
import { findProblem } from '../check.js'
import { createCodec } from '../codec.js'
import { isHostError } from '../errors.js'
import { findExampleProblem } from '../examples.js'
import { LaneAssets, loadModel } from '../lane-artifact.js'
import type { FileLayout, LoadJob } from '../lane-messages.js'
import { answerRequest, type Resident } from '../lane-predict.js'
import { readLocalImage } from '../local-image.js'
import { describeArtifact } from '../params.js'
import type { AnyPlugin, Log, PredictContext } from '../plugin.js'
import { checkPlugin } from '../plugin-check.js'
import type { SharedMemory } from '../shared-memory.js'

export interface PluginExample {
  /** One instance, as the request schema has it. */
  readonly request: unknown
  /** What it is answered; where it is left out, the answer need only fit the response schema. */
  readonly response?: unknown
}

export interface PluginTestOptions {
  /** Folder of a small artifact. */
  readonly artifact: string
  readonly examples: readonly PluginExample[]
}

export interface PluginReport {
  /** What was checked, in order. */
  readonly checks: readonly string[]
  readonly loadMs: number
  /** One example, decoded, checked, predicted and encoded; the mean over all. */
  readonly predictMs: number
  readonly imageBytes: number
}

const lanes = 2
const silent: Log = { debug() {}, info() {}, warn() {}, error() {} }

/**
 * The suite that every plugin passes: its fields, its artifact with the examples in it, further examples, the same
 * answers in each lane, an image that it never writes to, and bodies of every wrong kind.
 *
 * @throws Error naming the first check that failed, with the reason as its cause
 */
export async function testPlugin(plugin: AnyPlugin, { artifact, examples }: PluginTestOptions): Promise<PluginReport> {
  const checks: string[] = []
  async function check<T>(title: string, body: () => T | Promise<T>): Promise<T> {
    try {
      const result = await body()
      checks.push(title)
      return result
    } catch (error) {
      throw new Error(`Plugin ${plugin.name}: ${title}: ${(error as Error).message}`, { cause: error })
    }
  }

  await check('its fields are what the door takes', () => checkPlugin(plugin, plugin.name))
  const job = await check('its artifact can be read', () => prepare(plugin, artifact))
  const before = digest(job)
  const startMs = performance.now()
  const residents = await check('the artifact loads in two lanes', () =>
    Promise.all(Array.from({ length: lanes }, (_, lane) => load(plugin, job, lane))),
  )
  const loadMs = (performance.now() - startMs) / lanes
  let predictMs = 0
  await check('each example is answered as it should be', async () => {
    const begunMs = performance.now()
    for (const { request, response } of examples) {
      const answer = await ask(residents[0]!, JSON.stringify(request))
      const problem = findProblem(plugin.response, answer, 'The response')
      ok(problem === undefined, problem)
      if (response !== undefined) deepStrictEqual(answer, response)
    }
    predictMs = (performance.now() - begunMs) / Math.max(1, examples.length)
  })
  await check('the examples in its params file are answered', async () => {
    const problem = findExampleProblem(plugin, job.examples)
    ok(problem === undefined, problem)
    for (const example of job.examples) {
      const unlike = findProblem(plugin.response, await ask(residents[0]!, example), 'The response')
      ok(unlike === undefined, unlike)
    }
  })
  await check('every lane gives the same answers, also in another order', async () => {
    for (const { request } of examples.toReversed()) {
      const body = JSON.stringify(request)
      deepStrictEqual(await ask(residents[1]!, body), await ask(residents[0]!, body))
    }
  })
  await check('examples in one list are answered as one by one', async () => {
    const body = JSON.stringify({ instances: examples.map(({ request }) => request) })
    const { predictions } = (await ask(residents[0]!, body)) as { predictions: unknown[] }
    const alone = await Promise.all(examples.map(({ request }) => ask(residents[0]!, JSON.stringify(request))))
    deepStrictEqual(predictions, alone)
  })
  await check('bodies of every wrong kind are a 4xx', () => sendHostile(residents[0]!))
  await check('the image is never written to', () => deepStrictEqual(digest(job), before))
  await check('unload ends without an error', async () => {
    for (const { model } of residents) await plugin.unload?.(model)
  })
  return { checks, loadMs, predictMs, imageBytes: job.memory.buffer.byteLength }
}

async function prepare(plugin: AnyPlugin, folder: string): Promise<LoadJob> {
  const catalog: Catalog = new Map([[plugin.name, { plugin, source: 'test', module: '' }]])
  const description = await describeArtifact(resolve(folder), catalog)
  return { ...(await readLocalImage(plugin, description, lanes)), examples: description.examples }
}

async function load(plugin: AnyPlugin, job: LoadJob, lane: number): Promise<Resident> {
  const model = await loadModel(plugin, job, lane, new LaneAssets(lane), silent)
  return { modelName: job.modelName, plugin, codec: createCodec(plugin, { maxBodyBytes: 1 << 24 }), model, log: silent }
}

const utf8 = new TextEncoder()

async function send(resident: Resident, body: Uint8Array, contentType: string): Promise<Uint8Array> {
  const context: PredictContext = {
    requestId: 'test',
    customAttributes: '',
    log: silent,
    signal: new AbortController().signal,
  }
  const head = { contentType, contentEncoding: undefined, accept: undefined, customAttributes: '' }
  return (await answerRequest(resident, body, head, context)).body
}

async function ask(resident: Resident, json: string): Promise<unknown> {
  return JSON.parse(new TextDecoder().decode(await send(resident, utf8.encode(json), 'application/json')))
}

const hostileTexts = [
  '',
  '{',
  'null',
  '[]',
  '{}',
  '"',
  '{"instances": 7}',
  `${'['.repeat(10_000)}`,
  '\u0000',
  '{"__proto__": 1}',
]
const hostileTypes = ['application/json', 'text/plain', 'text/csv', 'application/jsonlines', 'image/png', 'nonsense']

async function sendHostile(resident: Resident): Promise<void> {
  const bodies = [...hostileTexts.map(text => utf8.encode(text)), Uint8Array.of(0xff, 0xfe, 0xc0, 0x80)]
  for (const type of hostileTypes) {
    for (const body of bodies) {
      try {
        await send(resident, body, type)
      } catch (error) {
        ok(isHostError(error) && error.status < 500, `${type} ${Buffer.from(body).toString().slice(0, 40)}: ${error}`)
      }
    }
  }
}

/** Of everything in the image and its assets that a plugin must not touch: files, but not scratch. */
function digest({ memory, files, assets }: LoadJob): string {
  const hash = createHash('sha256')
  const add = ({ buffer }: SharedMemory, { offset, bytes }: FileLayout) =>
    hash.update(new Uint8Array(buffer, offset, bytes).slice())
  for (const file of files) add(memory, file)
  for (const asset of Object.values(assets)) add(asset.memory, asset.file)
  return hash.digest('hex')
}
