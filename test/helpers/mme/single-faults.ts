import type { PlantedFaults } from './fault.js'
import { artifacts, failure, predict } from './right.js'
import type { Call, Routes } from './server.js'

/** The routes of a container with one model, over those of many. */
export const singleRoutes = (right: Routes): Routes => ({
  ...right,
  list: right.other,
  load: right.other,
  other: call => {
    const { method, path } = call
    if (path === '/invocations') return method === 'POST' ? predict(artifacts.model, call) : failure(405, 'POST it')
    if (path !== '/execution-parameters') return right.other(call)
    return { status: 200, body: { MaxConcurrentTransforms: 2, BatchStrategy: 'MULTI_RECORD', MaxPayloadInMB: 6 } }
  },
})

const isInvocation = ({ method, path }: Call) => path === '/invocations' && method === 'POST'
const isSound = ({ body }: Call) => body.at(-1) === '}'.charCodeAt(0)

export const singleFaults: PlantedFaults = {
  'an invocation is 202': {
    cases: ['invocations-200'],
    plant: right => ({
      other: async call => {
        const answer = await right.other(call)
        return isInvocation(call) && answer.status === 200 ? { ...answer, status: 202 } : answer
      },
    }),
  },
  'one invocation at a time': {
    cases: ['invocations-together'],
    plant: right => {
      let running = 0
      return {
        other: async call => {
          running++
          await new Promise(resolve => setTimeout(resolve, 5))
          const isBusy = running > 1
          running--
          return isBusy && isInvocation(call) ? failure(503, 'busy') : right.other(call)
        },
      }
    },
  },
  'an unknown header of an invocation is 400': {
    cases: ['invocations-headers'],
    plant: right => ({
      other: call => ('x-amzn-something-new' in call.headers ? failure(400, 'unknown') : right.other(call)),
    }),
  },
  'a broken invocation is 500': {
    cases: ['invocations-broken-body'],
    plant: right => ({
      other: call => (isInvocation(call) && !isSound(call) ? failure(500, 'traceback') : right.other(call)),
    }),
  },
  'GET /invocations is 200': {
    cases: ['invocations-only-post'],
    plant: right => ({
      other: call => (call.path === '/invocations' && call.method === 'GET' ? { status: 200 } : right.other(call)),
    }),
  },
  'a job may send 600 MB at once': {
    cases: ['execution-parameters'],
    plant: right => ({
      other: async call => {
        const answer = await right.other(call)
        if (call.path !== '/execution-parameters') return answer
        return { ...answer, body: { ...(answer.body as object), MaxConcurrentTransforms: 100 } }
      },
    }),
  },
}
