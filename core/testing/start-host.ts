import { resolve } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { readSettings } from '../config.js'
import { type Host, startHost as start } from '../host.js'
import type { Log } from '../plugin.js'
import { readAnswer } from './host-answer.js'
import { nearestPlugin } from './nearest-plugin.js'
import { type TestContext, whenOver } from './test-context.js'

/** A real host on a free port, with the calls a test makes. */
export interface TestHost {
  readonly url: string
  readonly host: Host
  /** `POST /models` */
  load(modelName: string, folder: string): Promise<Response>
  /** `DELETE /models/{modelName}` */
  unload(modelName: string): Promise<Response>
  /** `POST /models/{modelName}/invoke`; an object is sent as JSON, a string as text unless a type is given. */
  invoke(modelName: string, body: unknown, headers?: Record<string, string>): Promise<Response>
  /**
   * Invokes, and reads the answer: JSON as its value, anything else as text.
   *
   * @throws HostAnswerError where the status is 400 or above; of a model whose load was refused, why that was
   */
  ask(modelName: string, body: unknown, headers?: Record<string, string>): Promise<unknown>
  /**
   * Resolves once so many requests of a model run or wait: to unload, or to close, while it is busy.
   *
   * @throws Error where they do not come within 10 s
   */
  busy(modelName: string, requests?: number): Promise<void>
  close(): Promise<void>
}

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} }
const busyLimitMs = 10_000

/**
 * Starts a host that is closed with the test. Where the package in the working folder is a plugin (its keywords have
 * `modelhost-plugin`), the host has it, unless `plugins` says otherwise.
 *
 * @param flags  settings by the names of their flags in camel case: `{ lanes: 1, plugins: ['./dist/index.js'] }`
 * @param log    where its lines go; nowhere by default
 * @throws HostError CONFIG_INVALID, PLUGIN_INVALID; in single mode, what is wrong with the artifact
 */
export async function startHost(t: TestContext, flags: Record<string, unknown> = {}, log = silent): Promise<TestHost> {
  const onEnd = whenOver(t)
  const isPlatform = flags.store === undefined && flags.single === undefined
  const env = isPlatform ? { SAGEMAKER_MULTI_MODEL: 'true' } : {}
  const own = flags.plugins === undefined ? await nearestPlugin() : undefined
  const plugins = own === undefined ? {} : { plugins: [own] }
  const given = { port: 0, host: '127.0.0.1', lanes: 2, onlyGivenPlugins: true, ...plugins, ...flags }
  const { settings } = await readSettings({ flags: given, env })
  const host = await start({ settings, log })
  const close = () => host.close()
  onEnd(close)
  await host.ready
  const path = (modelName: string) => `${host.url}/models/${encodeURIComponent(modelName)}`
  const invoke: TestHost['invoke'] = (modelName, body, headers = {}) => {
    const isBytes = typeof body === 'string' || body instanceof Uint8Array
    const type = typeof body === 'string' ? 'text/plain' : 'application/json'
    return fetch(`${path(modelName)}/invoke`, {
      method: 'POST',
      headers: { 'content-type': type, ...headers },
      body: isBytes ? (body as string) : JSON.stringify(body),
    })
  }
  const refused = new Map<string, Response>()
  const load = async (modelName: string, folder: string) => {
    const response = await fetch(`${host.url}/models`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model_name: modelName, url: resolve(folder) }),
    })
    refused.delete(modelName)
    if (!response.ok && response.status !== 409) refused.set(modelName, response.clone())
    return response
  }
  return {
    url: host.url,
    host,
    close,
    load,
    unload: modelName => fetch(path(modelName), { method: 'DELETE' }),
    invoke,
    async ask(modelName, body, headers) {
      const answer = await invoke(modelName, body, headers)
      const refusal = refused.get(modelName)
      // Tests that do not look at what `load` answered would see here that it is not there, but not why.
      if (answer.status === 404 && refusal !== undefined)
        await readAnswer(refusal.clone(), `${modelName}, when it was loaded`)
      return readAnswer(answer, modelName)
    },
    async busy(modelName, requests = 1) {
      const endMs = performance.now() + busyLimitMs
      for (;;) {
        const { running, waiting } = host.models.get(modelName)
        if (running + waiting >= requests) return
        if (performance.now() > endMs) {
          throw new Error(
            `${running + waiting} requests of "${modelName}" run or wait, not ${requests}, after ${busyLimitMs} ms.`,
          )
        }
        await setImmediate()
      }
    },
  }
}
