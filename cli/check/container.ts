import { randomBytes } from 'node:crypto'
import { expect, expectLoaded, expectStatus, isSameAnswer } from './expect.js'
import { NotRun } from './fault.js'
import { type Entry, readPage, walkPages } from './pages.js'
import type { Reply, Sent, Wire } from './wire.js'

/** The request that the model answers. */
export interface GivenRequest {
  readonly body: Uint8Array
  readonly type: string
  readonly accept: string | undefined
}

/** What the caller has for the check. */
export interface Given {
  readonly modelUrl?: string
  readonly otherUrl?: string
  readonly brokenUrl?: string
  readonly request?: GivenRequest
  /** Copies at most. */
  readonly fill?: number
  /** Were models there before? */
  readonly hasOthers?: boolean
}

export interface Limits {
  /** For each answer. */
  readonly requestMs: number
  /** For that of a ping. */
  readonly pingMs: number
  /** For the accept of a connection. */
  readonly acceptMs: number
}

export const platformLimits = { pingMs: 2000, acceptMs: 250 } as const
/** Another client's, which a container is to pass over. */
export const targetHeader = 'X-Amzn-SageMaker-Target-Model'

type More = Partial<Pick<Sent, 'headers' | 'body' | 'chunks' | 'limitMs' | 'onWritten' | 'method' | 'agent'>>

/** Unloads one after the other that have no answer. */
const maxUnanswered = 3
const jsonHeaders = { 'Content-Type': 'application/json', Accept: 'application/json' }

/** The server that is checked: the calls of the contract, and what must be unloaded afterwards. */
export class Container {
  /** Of ours: those that may be loaded. */
  readonly #names = new Set<string>()
  readonly #ever = new Set<string>()
  /** Of these, those that several cases share. */
  readonly #shared = new Set<string>()
  /** Those whose unload has failed once: it is tried again at the end. */
  readonly #stuck = new Set<string>()
  readonly #loading = new Set<Promise<unknown>>()
  #model: string | undefined
  /** Has the case that runs asked for the shared model? */
  #isModelUsed = false
  #asks: boolean
  #isLeaving = false

  constructor(
    readonly wire: Wire,
    readonly given: Given,
    readonly limits: Limits,
  ) {
    this.#asks = given.request !== undefined
  }

  /** Is there a request that the model answers? */
  get asks(): boolean {
    return this.#asks
  }

  distrustRequest(): void {
    this.#asks = false
  }

  /** A name as the platform makes them, that nobody else has. */
  newName = (): string => randomBytes(16).toString('hex')

  ping = (limitMs = this.limits.pingMs): Promise<Reply> => this.wire.send({ method: 'GET', path: '/ping', limitMs })

  /** `POST /models` as the platform does it. */
  async load(name: string, url = this.given.modelUrl!, headers: Sent['headers'] = {}): Promise<Reply> {
    // What a stopped case would still load, nobody would unload.
    if (this.#isLeaving) throw new NotRun('the check is over')
    this.#names.add(name)
    this.#ever.add(name)
    const body = JSON.stringify({ model_name: name, url })
    const sent = { method: 'POST', path: '/models', headers: { ...jsonHeaders, ...headers }, body, isLasting: true }
    const answer = this.wire.send(sent)
    const settled = answer.catch(() => {})
    this.#loading.add(settled)
    settled.then(() => this.#loading.delete(settled))
    return answer
  }

  /** `POST /models` with a body that is none. */
  loadBody = (body: string): Promise<Reply> =>
    this.wire.send({ method: 'POST', path: '/models', headers: jsonHeaders, body })

  unload = (name: string, headers: Sent['headers'] = {}): Promise<Reply> =>
    this.wire.send({ method: 'DELETE', path: pathOf(name), headers })

  get = (name: string): Promise<Reply> =>
    this.wire.send({ method: 'GET', path: pathOf(name), headers: { Accept: 'application/json' } })

  /** @param query  from its question mark on */
  list = (query = ''): Promise<Reply> =>
    this.wire.send({ method: 'GET', path: `/models${query}`, headers: { Accept: 'application/json' } })

  /** All pages, one after the other. */
  listAll = (query: Readonly<Record<string, string>> = {}): Promise<Entry[]> => walkPages(this.list, query)

  /** `POST /models/{name}/invoke` with the given request, or what stands in `more` instead. */
  invoke = (name: string, more: More = {}): Promise<Reply> => this.#ask(`${pathOf(name)}/invoke`, more)

  /** `POST /invocations` of a container with one model. */
  invokeSingle = (more: More = {}): Promise<Reply> => this.#ask('/invocations', more)

  #ask(path: string, { headers, ...more }: More): Promise<Reply> {
    const { type = 'application/octet-stream', accept, body = '' } = this.given.request ?? {}
    const own = { 'Content-Type': type, ...(accept === undefined ? {} : { Accept: accept }) }
    return this.wire.send({ method: 'POST', path, body, ...more, headers: { ...own, ...headers } })
  }

  /** Loads a model of its own for a case. */
  async loaded(url?: string, headers: Sent['headers'] = {}): Promise<string> {
    const name = this.newName()
    let reply = await this.load(name, url, headers)
    if ((reply.status === 409 || reply.status === 507) && this.#model !== undefined && !this.#isModelUsed) {
      // A server that loads a path once only, or has room for few, has the shared model instead.
      await this.unload(this.#model)
      reply = await this.load(name, url, headers)
    }
    expectLoaded(reply)
    return name
  }

  /** A loaded model for cases that leave it as it is. */
  async model(): Promise<string> {
    const isThere = this.#model !== undefined && (await this.get(this.#model)).status === 200
    if (!isThere) {
      const name = await this.loaded()
      this.#shared.add(name)
      this.#model = name
    }
    this.#isModelUsed = true
    return this.#model!
  }

  keep = (name: string): unknown => this.#shared.add(name)

  /** What the model answers to the request; where it is another one each time, nothing can be compared with it. */
  async rightAnswer(name: string): Promise<Reply> {
    const first = expectStatus(await this.invoke(name), 200)
    const second = expectStatus(await this.invoke(name), 200)
    if (!isSameAnswer(first, second))
      throw new NotRun('the model answers the same request with something else each time')
    return first
  }

  /** Pages of GET /models with so many entries each. */
  async page(query: string): Promise<{ entries: Entry[]; token: string | undefined }> {
    return readPage(await this.list(query))
  }

  /** Unloads what the case before has left. */
  async tidy(): Promise<void> {
    this.#isModelUsed = false
    const names = [...this.#names].filter(name => !this.#shared.has(name) && !this.#stuck.has(name))
    await this.#unloadAll(names)
    for (const name of names) if (this.#names.has(name)) this.#stuck.add(name)
  }

  /** Unloads all that is ours. @returns the names that are there all the same, or may be */
  async leave(): Promise<string[]> {
    this.#isLeaving = true
    await this.#unloadAll([...this.#names])
    // A server may say that it does not know what it has.
    const listed = await this.listAll().catch(() => [])
    return [...new Set([...this.#names, ...listed.map(({ name }) => name).filter(name => this.#ever.has(name))])]
  }

  async #unloadAll(names: readonly string[]): Promise<void> {
    // A call that hangs would hold up the unload of its model.
    this.wire.abandon()
    await Promise.all(this.#loading)
    let unanswered = 0
    for (const name of names) {
      const { status } = await this.unload(name).catch(() => ({ status: 0 }))
      if (status === 200 || status === 404) this.#names.delete(name)
      unanswered = status === 0 ? unanswered + 1 : 0
      // Who answers none of these answers no other.
      if (unanswered === maxUnanswered) return
    }
  }
}

/** Dots are encoded too, or a path of them is another. */
export const pathOf = (name: string): string =>
  `/models/${/^\.+$/.test(name) ? name.replaceAll('.', '%2E') : encodeURIComponent(name)}`

/** @throws Fault where it is not the answer of the model */
export const expectAnswer = (reply: Reply, right: Reply): Reply =>
  expect(expectStatus(reply, 200), 'the answer that the same request had before', came => isSameAnswer(came, right))
