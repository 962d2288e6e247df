/** The checks of a plugin in this thread: no host, no lanes, and a debugger stops in it. */

import { findProblem } from '../check.js'
import type { Codec } from '../codec.js'
import { isErrorAnswer } from '../encode.js'
import { findExampleProblem } from '../examples.js'
import type { LoadJob } from '../lane-messages.js'
import type { Resident } from '../lane-predict.js'
import type { AnyPlugin } from '../plugin.js'
import { checkPlugin } from '../plugin-check.js'
import { findDifference, findJsonLoss } from './answers.js'
import { type Checklist, Finding } from './checks.js'
import { csvRowOf } from './csv-row.js'
import { limitPlugin } from './limited.js'
import { askHere, codecOf, digest, loadHere, predictHere, readImage, sendHere } from './local-lanes.js'
import { findHeld } from './released.js'
import { findSchemaFault } from './schema-problems.js'

/** An example, or a request of the artifact's params file, and what it is answered here. */
export interface Asked {
  /** `examples[0]` */
  readonly name: string
  readonly request: unknown
  /** As JSON gives it back. */
  readonly answer: unknown
}

export interface Example {
  readonly request: unknown
  readonly response?: unknown
  readonly tolerance?: number
}

export interface LocalModel {
  readonly resident: Resident
  readonly codec: Codec
  readonly job: LoadJob
  readonly asked: readonly Asked[]
  readonly loadMs: number
  /** Has any of the examples a row of CSV? */
  readonly hasRows: boolean
}

const lanes = 2

export interface LocalOptions {
  readonly artifact: string
  readonly examples: readonly Example[]
  readonly otherArtifact: string | undefined
  /** For each call of the plugin that returns a promise. */
  readonly timeoutMs: number
}

export async function checkHere(
  list: Checklist,
  given: AnyPlugin,
  { artifact, examples, otherArtifact, timeoutMs }: LocalOptions,
): Promise<LocalModel> {
  await list.make('fields', () => checkPlugin(given, given?.name))
  const plugin = limitPlugin(given, timeoutMs)
  await list.make('schemas', () => {
    const fault = findSchemaFault(plugin)
    if (fault !== undefined) throw new Finding(fault)
  })
  const codec = codecOf(plugin)
  const job = await list.make('artifact', () => readImage(plugin, artifact, lanes))
  const before = digest(job)
  const startMs = performance.now()
  const residents = await list.make('load', () =>
    Promise.all(Array.from({ length: lanes }, (_, lane) => loadHere(plugin, job, lane, codec))),
  )
  const loadMs = (performance.now() - startMs) / lanes
  const [resident, other] = residents as [Resident, Resident]
  const asked = await checkExamples(list, resident, job, examples)
  await list.make('order', async () => {
    // The second lane has not been asked yet, and is asked from the end.
    for (const { name, request, answer } of asked.toReversed()) {
      same(await askHere(other, request), answer, `${name}, in another order,`)
    }
    for (const { name, request, answer } of asked) same(await askHere(resident, request), answer, `${name}, again,`)
  })
  if (plugin.predictBatch) await list.make('batch', () => checkBatch(resident, codec, asked))
  await list.make('list', async () => {
    const { predictions } = (await askHere(resident, { instances: asked.map(({ request }) => request) })) as {
      predictions: unknown[]
    }
    for (const [i, { name, answer }] of asked.entries()) same(predictions[i], answer, `${name}, in a list,`)
  })
  const rows = asked.flatMap(({ name, request }) => {
    const row = csvRowOf(plugin, codec, instanceOf(codec, request))
    return row === undefined ? [] : [{ name, row, request }]
  })
  if (rows.length > 0) await list.make('csv', () => checkRows(resident, codec, rows))
  if (otherArtifact !== undefined) await list.make('others', () => checkOther(resident, asked, otherArtifact))
  await list.make('image', () => {
    if (digest(job) !== before) throw new Finding('other bytes after these predictions')
  })
  await list.make('unload', () => plugin.unload?.(other.model))
  await list.make('memory', async () => {
    const held = await findHeld(
      plugin,
      artifact,
      codec,
      asked.map(({ request }) => request),
    )
    if (held !== undefined) throw new Finding(held)
  })
  return { resident, codec, job, asked, loadMs, hasRows: rows.length > 0 }
}

/** @throws Finding where one of two models answers as the other */
async function checkOther(resident: Resident, asked: readonly Asked[], folder: string): Promise<void> {
  const { plugin, codec } = resident
  const other = await loadHere(plugin, await readImage(plugin, folder, 1), 0, codec)
  let isOther = false
  for (const { request, answer } of asked) {
    isOther = findDifference(await askHere(other, request), answer) !== undefined || isOther
  }
  for (const { name, request, answer } of asked) same(await askHere(resident, request), answer, `${name}, beside it,`)
  await plugin.unload?.(other.model)
  if (!isOther) throw new Finding('the same answer to every example, by the model of otherArtifact')
}

async function checkExamples(
  list: Checklist,
  resident: Resident,
  job: LoadJob,
  examples: readonly Example[],
): Promise<Asked[]> {
  const { plugin, codec } = resident
  const asked: Asked[] = []
  await list.make('requests', () => {
    const problem = findExampleProblem(
      plugin,
      examples.map(({ request }) => JSON.stringify(request) ?? 'null'),
    )
    if (problem !== undefined) throw new Finding(problem)
  })
  await list.make('answers', async () => {
    for (const [i, { request, response, tolerance }] of examples.entries()) {
      const name = `examples[${i}]`
      const answer = await answerOf(resident, request, name)
      asked.push({ name, request, answer })
      if (response !== undefined) same(answer, response, name, tolerance)
    }
  })
  await list.make('artifactExamples', async () => {
    const problem = findExampleProblem(plugin, job.examples)
    if (problem !== undefined) throw new Finding(problem)
    for (const [i, example] of job.examples.entries()) {
      const request: unknown = JSON.parse(example)
      const name = `examples[${i}] of the params file`
      asked.push({ name, request, answer: await answerOf(resident, request, name) })
    }
  })
  await list.make('json', async () => {
    for (const { name, request } of asked) {
      const loss = findJsonLoss(await rawAnswer(resident, codec, request))
      if (loss !== undefined) throw new Finding(`${name}: ${loss}`)
    }
  })
  return asked
}

/** What the host answers; the prediction behind it fits the response schema. */
async function answerOf(resident: Resident, request: unknown, name: string): Promise<unknown> {
  const raw = await rawAnswer(resident, resident.codec, request)
  if (isErrorAnswer(raw)) throw new Finding(`${name}: the error ${raw.error.code}: ${raw.error.message}`)
  const problem = findProblem(resident.plugin.response, throughJson(raw), 'The response')
  // What JSON loses is a finding of its own, unless it breaks the schema.
  if (problem !== undefined) throw new Finding(`${name}: ${findJsonLoss(raw) ?? problem}`)
  return askHere(resident, request)
}

const throughJson = (value: unknown): unknown => {
  const text = JSON.stringify(value)
  return text === undefined ? undefined : JSON.parse(text)
}

export const instanceOf = (codec: Codec, request: unknown): unknown =>
  codec.decode(Buffer.from(JSON.stringify(request)), 'application/json', undefined).instances[0]

const rawAnswer = (resident: Resident, codec: Codec, request: unknown) =>
  predictHere(resident, instanceOf(codec, request), resident.plugin.predictBatch !== undefined)

/** @throws Finding where two answers differ */
export function same(came: unknown, expected: unknown, name: string, tolerance?: number): void {
  const difference = findDifference(came, expected, tolerance)
  if (difference !== undefined) throw new Finding(`${name}: ${difference}`)
}

async function checkBatch(resident: Resident, codec: Codec, asked: readonly Asked[]): Promise<void> {
  for (const { name, request } of asked) {
    const [alone, together] = [
      await predictHere(resident, instanceOf(codec, request), false),
      await predictHere(resident, instanceOf(codec, request), true),
    ]
    same(throughJson(together), throughJson(alone), `${name}, by predictBatch,`)
  }
}

async function checkRows(
  resident: Resident,
  codec: Codec,
  rows: readonly { readonly name: string; readonly row: string; readonly request: unknown }[],
): Promise<void> {
  const own = resident.plugin.encode?.['text/csv']
  const answers = JSON.parse(await sendHere(resident, rows.map(({ row }) => row).join(''), 'text/csv')) as unknown[]
  for (const [i, { name, row, request }] of rows.entries()) {
    const raw = await rawAnswer(resident, codec, request)
    same(answers[i], throughJson(own ? own(raw) : raw), `${name}, as the row ${JSON.stringify(row.slice(0, 100))},`)
  }
}
