import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { encodeTensorFile } from 'modelhost'
import { startHost, type TestHost } from 'modelhost/testing'
import t from 'tap'
import { archiveOf } from '../helpers/archive.js'
import { folder, pluginPath } from '../helpers/artifacts.js'
import { linesLog } from '../helpers/lines-log.js'
import { lookAtCache } from '../helpers/s3-host.js'

/*
 * Requests, unloads, pins, and artifacts that change, break and vanish, in any order and many at once, on a store whose
 * models do not fit into the budget together. Whatever happens: every call has an answer that this may lead to; a model
 * answers with one of the versions that it had, and not with parts of two; the budget holds; and in the end each loads as
 * it lies in the store, and nothing is held.
 */

const targets = ['a', 'b', 'c.tar.gz', 'd.tar.gz', 'dir/e.tar.gz']
const modelBytes = 200_000
/** Three of five fit, and on the disk two of three archives. */
const memoryBudget = 650_000
const cacheBudget = 500_000
const summed = 10_000

const target = fc.constantFrom(...targets)
const does = fc.constantFrom(
  ...(['invoke', 'invoke', 'invoke', 'invoke', 'unload', 'pin', 'pin', 'change', 'change', 'break', 'remove'] as const),
)
/** `waits` for all that is under way. */
const step = fc.record({ does, target, waits: fc.constantFrom(true, false, false, false) })
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

const drained = ['DRAINING']
const brokenCodes = ['ARCHIVE_INVALID', 'TENSOR_FILE_BROKEN', 'ARTIFACT_FILE_UNREADABLE']
/** Folders are written, and removed, file by file. */
const halfCodes = ['PARAMS_NOT_FOUND', 'ARTIFACT_FILE_MISSING', 'ARTIFACT_NOT_FOUND']
/** `STORE_UNAVAILABLE`: replaced each time that it was fetched. */
const loadCodes = ['TARGET_NOT_FOUND', 'MEMORY_FULL', 'STORE_UNAVAILABLE', ...brokenCodes, ...halfCodes]
const expected: Readonly<Record<'invoke' | 'unload' | 'pin', readonly string[]>> = {
  invoke: loadCodes,
  unload: ['MODEL_NOT_LOADED'],
  pin: ['MODEL_ALREADY_LOADED', ...loadCodes],
}

/** The artifacts of a store, and what they were and are. */
class Artifacts {
  readonly #states = new Map<string, number | 'broken' | 'absent'>()
  readonly #written = new Map<string, Set<number>>()
  #version = 0

  constructor(private readonly store: string) {}

  stateOf = (target: string) => this.#states.get(target)
  isVersion = (target: string, version: number) => this.#written.get(target)!.has(version)

  async change(target: string): Promise<void> {
    const version = ++this.#version
    this.#written.set(target, (this.#written.get(target) ?? new Set()).add(version))
    this.#states.set(target, version)
    const weights = new Float32Array(modelBytes / 4).fill(version)
    await this.#write(target, encodeTensorFile({ tensors: { weights } }))
  }

  async break(target: string): Promise<void> {
    this.#states.set(target, 'broken')
    await this.#write(target, Buffer.from('not a tensor file'))
  }

  async remove(target: string): Promise<void> {
    this.#states.set(target, 'absent')
    await rm(join(this.store, target), { recursive: true, force: true })
  }

  /** Files are replaced as a whole, as people should do it. */
  async #write(target: string, model: Uint8Array): Promise<void> {
    const files = { 'w-params.json': '{"model_name": "Weights"}', 'w-model': model }
    const isArchive = target.endsWith('.tar.gz')
    const content = isArchive ? { [target]: archiveOf(files) } : prefixed(target, files)
    for (const [name, bytes] of Object.entries(content)) {
      const path = join(this.store, name)
      await mkdir(join(path, '..'), { recursive: true })
      await writeFile(`${this.store}.new`, bytes)
      await rename(`${this.store}.new`, path)
    }
  }
}

const prefixed = (folder: string, files: Readonly<Record<string, string | Uint8Array>>) =>
  Object.fromEntries(Object.entries(files).map(([name, content]) => [`${folder}/${name}`, content]))

const pin = ({ url }: TestHost, target: string) =>
  fetch(`${url}/models`, { method: 'POST', body: JSON.stringify({ model_name: target }) })
const ask = (host: TestHost, target: string) => host.invoke(target, { from: 0, count: summed })

/** Makes a call, and checks its answer. @returns what that was */
async function call(host: TestHost, artifacts: Artifacts, { does, target }: Step, isClosing: () => boolean) {
  const kind = does as 'invoke' | 'unload' | 'pin'
  const make = { invoke: ask, unload: (host: TestHost) => host.unload(target), pin }[kind]
  const answer = await make(host, target).catch((error: Error) => {
    // It was not taken any more.
    if (isClosing()) return undefined
    throw new Error(`${does} ${target}: no answer`, { cause: error })
  })
  if (!answer) return 'not taken'
  if (host.host.models.usedBytes > memoryBudget) throw new Error(`${host.host.models.usedBytes} bytes are held`)
  if (answer.status === 200) {
    const sum = does === 'invoke' ? ((await answer.json()) as number) : undefined
    if (sum !== undefined && !artifacts.isVersion(target, sum / summed)) throw new Error(`${target} answers ${sum}`)
    return '200'
  }
  const { code, message } = ((await answer.json()) as { error: { code: string; message: string } }).error
  const allowed = [...expected[kind], ...(isClosing() ? drained : [])]
  const isOther = code === 'STORE_UNAVAILABLE' && !message.includes('was replaced while it was fetched')
  if (!allowed.includes(code) || isOther) throw new Error(`${does} ${target}: ${answer.status} ${code}, ${message}`)
  return code
}

/** In the end, each loads as it lies in the store, alone. */
async function settle(host: TestHost, artifacts: Artifacts) {
  for (const target of targets) await host.unload(target)
  if (host.host.models.usedBytes !== 0) throw new Error(`${host.host.models.usedBytes} bytes are left`)
  for (const target of targets) {
    const state = artifacts.stateOf(target)
    const loaded = await pin(host, target)
    const wanted = state === 'absent' ? 404 : state === 'broken' ? 422 : 200
    if (loaded.status !== wanted) throw new Error(`${target} is ${state}: ${loaded.status} ${await loaded.text()}`)
    if (wanted !== 200) continue
    const sum = await (await ask(host, target)).json()
    if (sum !== summed * (state as number)) throw new Error(`${target} is ${state} and answers ${sum}`)
    await host.unload(target)
  }
  if (host.host.models.usedBytes !== 0) throw new Error(`${host.host.models.usedBytes} bytes are left`)
}

t.test('calls and changes in any order are all answered, and leave nothing', { timeout: 200_000 }, async t => {
  const seen = new Map<string, number>()
  const count = (what: string, times = 1) => void seen.set(what, (seen.get(what) ?? 0) + times)
  const property = fc.asyncProperty(
    fc.array(step, { minLength: 10, maxLength: 150 }),
    fc.boolean(),
    async (steps, closes) => {
      count('sequences')
      const store = join(await folder(t), 'store')
      const cache = join(await folder(t), 'cache')
      const artifacts = new Artifacts(store)
      for (const target of targets) await artifacts.change(target)
      const settings = { plugins: [pluginPath('weights')], store, cache, memoryBudget, cacheBudget }
      const { log, lines } = linesLog()
      let host = await startHost(t, settings, log)
      let isClosing = false
      const underWay = new Set<Promise<void>>()
      const failures: unknown[] = []
      for (const each of steps) {
        if (each.waits) await Promise.all(underWay)
        const { does, target } = each
        if (does === 'change' || does === 'break' || does === 'remove') {
          await artifacts[does](target)
          continue
        }
        const made = call(host, artifacts, each, () => isClosing).then(
          answer => count(`${does}: ${answer}`),
          error => void failures.push(error),
        )
        underWay.add(made)
        void made.then(() => underWay.delete(made))
      }
      if (closes) {
        isClosing = true
        await host.close()
      }
      await Promise.all(underWay)
      count('evictions', lines('model unloaded').filter(({ cause }) => cause === 'eviction').length)
      count('cache entries removed', lines('cache entries removed').length)
      if (failures.length > 0) throw failures[0]
      if (closes) {
        if (host.host.models.usedBytes > memoryBudget) throw new Error('too much is held')
        host = await startHost(t, settings)
      }
      await settle(host, artifacts)
      await host.close()
      const { underWay: left, broken } = await lookAtCache(cache)
      if (left.length + broken.length > 0) throw new Error(`the cache has ${left} under way, and ${broken} broken`)
    },
  )
  await fc.assert(property, { numRuns: 40, endOnFailure: true, interruptAfterTimeLimit: 120_000 })
  t.comment(Object.fromEntries(seen))
  // All that it is about has come.
  const wanted = ['invoke: 200', 'invoke: TENSOR_FILE_BROKEN', 'pin: 200', 'evictions', 'cache entries removed']
  for (const what of wanted) t.ok((seen.get(what) ?? 0) > 0, what)
})
