import { resolve } from 'node:path'
import { readSettings } from '../config.js'
import { type Host, startHost as start } from '../host.js'
import type { Log } from '../plugin.js'

/** What a test gives: tap's `t`, or node:test's context. */
export interface TestContext {
  teardown?(handler: () => unknown): void
  after?(handler: () => unknown): void
}

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
  close(): Promise<void>
}

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} }

/**
 * Starts a host that is closed with the test.
 *
 * @param flags  settings by the names of their flags in camel case: `{ lanes: 1, plugins: ['./dist/index.js'] }`
 * @param log    where its lines go; nowhere by default
 */
export async function startHost(t: TestContext, flags: Record<string, unknown> = {}, log = silent): Promise<TestHost> {
  const isPlatform = flags.store === undefined && flags.single === undefined
  const env = isPlatform ? { SAGEMAKER_MULTI_MODEL: 'true' } : {}
  const defaults = { port: 0, host: '127.0.0.1', lanes: 2, onlyGivenPlugins: true }
  const { settings } = await readSettings({ flags: { ...defaults, ...flags }, env })
  const host = await start({ settings, log })
  await host.ready
  const close = () => host.close()
  if (t.teardown) t.teardown(close)
  else t.after?.(close)
  const path = (modelName: string) => `${host.url}/models/${encodeURIComponent(modelName)}`
  return {
    url: host.url,
    host,
    close,
    load: (modelName, folder) =>
      fetch(`${host.url}/models`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model_name: modelName, url: resolve(folder) }),
      }),
    unload: modelName => fetch(path(modelName), { method: 'DELETE' }),
    invoke: (modelName, body, headers = {}) => {
      const isBytes = typeof body === 'string' || body instanceof Uint8Array
      const type = typeof body === 'string' ? 'text/plain' : 'application/json'
      return fetch(`${path(modelName)}/invoke`, {
        method: 'POST',
        headers: { 'content-type': type, ...headers },
        body: isBytes ? (body as string) : JSON.stringify(body),
      })
    },
  }
}
