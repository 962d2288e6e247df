import { setTimeout as wait } from 'node:timers/promises'
import type { Answer, Call, Routes } from './server.js'

/** What a server knows: the faults that are planted in it change this, too. */
export interface State {
  /** Name -> path of its artifact; loaded. */
  readonly models: Map<string, string>
  /** Names. */
  readonly loading: Set<string>
  /** Name -> calls that run. */
  readonly running: Map<string, number>
  calls: number
}

/** Models for which there is room. */
export const capacity = 10
export const artifacts = { model: '/models/model', other: '/models/other', broken: '/models/broken' } as const

export const failure = (status: number, message: string): Answer => ({ status, body: { error: message } })
const unknown = ({ name }: Call) => failure(404, `${name} is not loaded`)

const loadMs = 5
const invokeMs = 1
const pageSize = 2

export const newState = (): State => ({ models: new Map(), loading: new Set(), running: new Map(), calls: 0 })

/** What a load asks for; undefined where it is none. */
export function readLoad({ body }: Call): { name: string; url: string } | undefined {
  try {
    const { model_name: name, url } = JSON.parse(body.toString())
    return typeof name === 'string' && typeof url === 'string' ? { name, url } : undefined
  } catch {
    return undefined
  }
}

/** A container that is right: small, and by the contract's letter. */
export function rightRoutes(state: State): Routes {
  const { models, loading, running } = state
  return {
    ping: () => ({ status: 200, body: { status: 'Healthy' } }),
    list: ({ query }) => {
      const limit = Number(query.get('limit') ?? pageSize)
      const start = Number(query.get('next_page_token') ?? 0)
      if (!Number.isInteger(start) || !(limit >= 1)) return failure(400, 'no such page')
      const all = [...models].map(([modelName, modelUrl]) => ({ modelName, modelUrl }))
      const end = start + limit
      const isLast = end >= all.length
      return { status: 200, body: { models: all.slice(start, end), ...(isLast ? {} : { nextPageToken: `${end}` }) } }
    },
    get: call => {
      const modelUrl = models.get(call.name)
      return modelUrl === undefined ? unknown(call) : { status: 200, body: { modelName: call.name, modelUrl } }
    },
    load: async call => {
      const wanted = readLoad(call)
      if (!wanted) return failure(400, 'no request for a load')
      const { name, url } = wanted
      if (models.has(name) || loading.has(name)) return failure(409, `${name} is loaded`)
      if (url === artifacts.broken) return failure(422, `${url} is broken`)
      if (url !== artifacts.model && url !== artifacts.other) return failure(404, `${url} is not there`)
      if (models.size + loading.size >= capacity) return failure(507, 'no room')
      loading.add(name)
      await wait(loadMs)
      loading.delete(name)
      models.set(name, url)
      return { status: 200, body: { status: `${name} is loaded` } }
    },
    unload: async call => {
      const { name } = call
      if (!models.delete(name)) return unknown(call)
      while ((running.get(name) ?? 0) > 0) await wait(1)
      return { status: 200, body: { status: `${name} is unloaded` } }
    },
    invoke: async call => {
      const { name, method } = call
      if (method !== 'POST') return failure(405, 'POST it')
      const url = models.get(name)
      if (url === undefined) return unknown(call)
      running.set(name, (running.get(name) ?? 0) + 1)
      await wait(invokeMs)
      running.set(name, running.get(name)! - 1)
      state.calls++
      return predict(url, call)
    },
    other: ({ path }) => failure(404, `${path} is nothing`),
  }
}

/** What the model of an artifact answers: how long the text is, and who says so. */
export function predict(url: string, { body }: Call): Answer {
  try {
    const { text } = JSON.parse(body.toString())
    return { status: 200, body: { by: url, length: text.length } }
  } catch {
    return failure(400, 'no text in the request')
  }
}
