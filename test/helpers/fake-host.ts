import { setImmediate } from 'node:timers'
import type { FastifyInstance } from 'fastify'
import type { Log } from 'modelhost'
import type { Test } from 'tap'
import type { Catalog } from '../../core/catalog.js'
import { readSettings } from '../../core/config.js'
import { fail, type HostError } from '../../core/errors.js'
import type { Invoker } from '../../core/invoker.js'
import type { PredictRequest } from '../../core/lane-queue.js'
import type { Lanes } from '../../core/lanes.js'
import type { Management } from '../../core/management.js'
import type { ModelInfo, Models } from '../../core/models.js'
import { createServer, type HostStore } from '../../core/server.js'
import type { Settings } from '../../core/setting-table.js'
import { checkTarget } from '../../core/store/target.js'
import { silentLog } from './silent-log.js'

/** What a model does with a request: its answer's text, or what goes wrong. */
export type Outcome = {
  readonly text?: string
  readonly error?: HostError
  readonly loadMs?: number
  /** It answers once this is settled. */
  readonly until?: Promise<unknown>
}

export interface FakeParts {
  /** Which model, what came -> what happens. By default a model answers `name: body`. */
  readonly predict?: (name: string, request: PredictRequest) => Outcome
  /** What is said before a body is read. */
  readonly expect?: (name: string) => void
  /** Where a model stands in the table of models. */
  readonly stateOf?: Models['stateOf']
  /** Is told when a request of a model is given up. */
  readonly cancelled?: (name: string) => void
  readonly store?: HostStore
  readonly management?: Management
  readonly catalog?: Catalog
  readonly log?: Log
  /** Gets what gives up the requests that are on their way. */
  readonly open?: Set<(error: HostError) => void>
  readonly state?: { isReady: boolean; isDraining: boolean; isClosed: boolean }
}

export interface FakeHost {
  readonly app: FastifyInstance
  readonly settings: Settings
  /** On a free port, where a test needs one. */
  listen(): Promise<string>
}

const utf8 = new TextDecoder()

/** The server alone, with models that do as the test says: for what HTTP makes of them. */
export async function fakeHost(t: Test, flags: Record<string, unknown> = {}, parts: FakeParts = {}): Promise<FakeHost> {
  const { settings } = await readSettings({ flags: { port: 0, host: '127.0.0.1', lanes: 2, ...flags }, env: {} })
  const { mode } = settings
  const { predict = echo, expect = mode === 'standalone' ? checkTarget : () => {}, state } = parts
  const invoker: Invoker = {
    expect,
    invoke(name, request, settle) {
      const { text = '', error, loadMs, until } = predict(name, request)
      const { customAttributes } = request.head
      const body = new TextEncoder().encode(text)
      const answer = error ? undefined : { type: 'text/plain', customAttributes, body, predictMs: 2 }
      const tell = () => settle(error, answer, loadMs)
      if (until) void until.then(tell)
      else setImmediate(tell)
      return { cancel: () => parts.cancelled?.(name) }
    },
  }
  const models = {
    usedBytes: 7,
    list: () => ({ models: [], next: undefined }),
    get: unknown,
    stateOf: parts.stateOf ?? (() => undefined),
  }
  const app = await createServer({
    settings,
    catalog: parts.catalog ?? new Map(),
    models: models as unknown as Models,
    invoker,
    management: mode === 'single' ? undefined : (parts.management ?? fakeManagement),
    singleModel: mode === 'single' ? 'model' : undefined,
    store: parts.store,
    lanes: { status: () => ({ lanes: 2, busy: 1, waiting: 4, running: 3 }) } as Lanes,
    waitingForLoads: () => 5,
    log: parts.log ?? silentLog,
    isReady: () => state?.isReady ?? true,
    isDraining: () => state?.isDraining ?? false,
    isClosed: () => state?.isClosed ?? false,
    open: parts.open ?? new Set(),
  })
  t.teardown(() => app.close())
  return {
    app,
    settings,
    listen: async () => app.listen({ host: '127.0.0.1', port: 0 }),
  }
}

const echo = (name: string, { body }: PredictRequest): Outcome => ({ text: `${name}: ${utf8.decode(body)}` })

const unknown = (model: string) => {
  throw fail('MODEL_NOT_LOADED', { model })
}

const fakeManagement: Management = {
  load: async (modelName, modelUrl) => ({ modelName, modelUrl }) as ModelInfo,
  async unload() {},
}
