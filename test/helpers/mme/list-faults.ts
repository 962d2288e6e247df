import { setTimeout as wait } from 'node:timers/promises'
import type { PlantedFaults } from './fault.js'
import { overlapping } from './overlapping.js'
import { failure } from './right.js'
import type { Answer } from './server.js'

/** Longer than a ping may take in the tests. */
const slowPingMs = 2400

interface Page {
  readonly models: readonly { readonly modelName: string; readonly modelUrl: string }[]
  readonly nextPageToken?: string
}
const pageOf = (answer: Answer) => answer.body as Page
const withPage = (answer: Answer, page: unknown): Answer => ({ ...answer, body: page })

export const healthFaults: PlantedFaults = {
  'a ping is 503 until a model is loaded, as by the Ping plugin of MMS': {
    cases: ['ping-200'],
    plant: (right, { models }) => ({ ping: call => (models.size > 0 ? right.ping(call) : failure(503, 'no model')) }),
  },
  'a ping says Unhealthy with 200': {
    cases: ['ping-text-agrees'],
    plant: () => ({ ping: () => ({ status: 200, body: { status: 'Unhealthy' } }) }),
  },
  'pings wait for loads': {
    cases: ['ping-while-loading'],
    plant: right => {
      const load = overlapping(right.load)
      return {
        load: load.handler,
        ping: async call => {
          if (load.isRunning()) await wait(slowPingMs)
          return right.ping(call)
        },
      }
    },
  },
  'pings wait for calls': {
    cases: ['ping-while-invoking'],
    plant: right => {
      const invoke = overlapping(right.invoke)
      return {
        invoke: invoke.handler,
        ping: async call => {
          if (invoke.isRunning()) await wait(slowPingMs)
          return right.ping(call)
        },
      }
    },
  },
}

export const listFaults: PlantedFaults = {
  'the list is 404 before the first load, as by TorchServe': {
    cases: ['list-empty-at-first'],
    plant: (right, { models }) => ({
      list: call => (models.size === 0 && call.query.size === 0 ? failure(404, 'no models') : right.list(call)),
    }),
  },
  'the list has the folder above instead of the path, as by Triton': {
    cases: ['list-shows-loaded'],
    plant: right => ({
      list: async call => {
        const answer = await right.list(call)
        const models = pageOf(answer).models?.map(entry => ({ ...entry, modelUrl: '/models' }))
        return answer.status === 200 ? withPage(answer, { ...pageOf(answer), models }) : answer
      },
    }),
  },
  'the list is in snake case': {
    cases: [
      'list-shows-loaded',
      'list-each-once',
      'list-pages-each-once',
      'list-last-page-no-token',
      'room-list-whole',
    ],
    plant: right => ({
      list: async call => {
        const answer = await right.list(call)
        if (answer.status !== 200) return answer
        const models = pageOf(answer).models.map(({ modelName, modelUrl }) => ({
          model_name: modelName,
          model_url: modelUrl,
        }))
        return withPage(answer, { ...pageOf(answer), models })
      },
    }),
  },
  'a page begins with the last model of the page before': {
    cases: ['list-each-once', 'room-list-whole'],
    plant: (right, { models }) => ({
      list: async call => {
        const answer = await right.list(call)
        const start = Number(call.query.get('next_page_token') ?? 0)
        if (call.query.has('limit') || !(start > 0) || start >= models.size) return answer
        const [modelName, modelUrl] = [...models][start - 1]!
        return withPage(answer, { ...pageOf(answer), models: [{ modelName, modelUrl }, ...pageOf(answer).models] })
      },
    }),
  },
  'pages of one model leave out the second': {
    cases: ['list-pages-each-once'],
    plant: right => ({
      list: async call => {
        const answer = await right.list(call)
        const isSecond = call.query.get('limit') === '1' && call.query.get('next_page_token') === '1'
        return isSecond ? withPage(answer, { ...pageOf(answer), models: [] }) : answer
      },
    }),
  },
  'a page that ends at the last model has a token, as by MMS': {
    cases: ['list-last-page-no-token'],
    plant: (right, { models }) => ({
      list: async call => {
        const limit = Number(call.query.get('limit'))
        const answer = await right.list(call)
        const end = Number(call.query.get('next_page_token') ?? 0) + limit
        return end === models.size && limit > 1
          ? withPage(answer, { ...pageOf(answer), nextPageToken: `${end}` })
          : answer
      },
    }),
  },
  'a limit of 0 has a token for ever, as by MMS': {
    cases: ['list-limit-zero'],
    plant: right => ({
      list: call =>
        call.query.get('limit') === '0' ? { status: 200, body: { models: [], nextPageToken: '0' } } : right.list(call),
    }),
  },
  'a token is counted with, however large it is': {
    cases: ['list-bad-token'],
    plant: right => ({
      list: call => (Number(call.query.get('next_page_token')) > 2 ** 31 ? failure(500, 'range') : right.list(call)),
    }),
  },
  'a wrong token is 500': {
    cases: ['list-bad-token'],
    plant: right => ({
      list: call => (/\D/.test(call.query.get('next_page_token') ?? '') ? failure(500, 'NaN') : right.list(call)),
    }),
  },
  'a loaded model is a list of its versions, as by TorchServe': {
    cases: ['get-loaded', 'name-with-dots', 'name-long', 'name-with-reserved', 'name-unicode', 'name-like-path'],
    plant: right => ({
      get: async call => {
        const answer = await right.get(call)
        return answer.status === 200 ? { ...answer, body: [answer.body] } : answer
      },
    }),
  },
  'a name that was never loaded is 200 and null': {
    cases: ['get-absent-404', 'load-missing-path'],
    plant: (right, { models }) => {
      const ever = new Set<string>()
      return {
        load: async call => {
          const answer = await right.load(call)
          for (const name of models.keys()) ever.add(name)
          return answer
        },
        get: call => (ever.size === 0 && models.size === 0 ? { status: 200, body: null } : right.get(call)),
      }
    },
  },
  'the list is said to be text': {
    cases: ['answers-are-json'],
    plant: right => ({
      list: async call => ({ ...(await right.list(call)), headers: { 'Content-Type': 'text/plain' } }),
    }),
  },
}
