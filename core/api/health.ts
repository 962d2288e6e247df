import { Type } from 'typebox'
import { failures } from './failures.js'
import { type Answer, answers, type RouteDescription } from './route.js'

const statusOf = (word: string) => Type.Object({ status: Type.Literal(word) })
const healthy = answers('The process works.', statusOf('Healthy'), { healthy: { status: 'Healthy' } })

const readiness = Type.Object({
  ready: Type.Boolean({ description: 'Should requests be sent here?' }),
  draining: Type.Boolean({ description: 'Is the host going?' }),
  running: Type.Integer({ description: 'Requests in the lanes.' }),
  waiting: Type.Integer({ description: 'Requests before the lanes, or for a load.' }),
  lanes: Type.Integer({ description: 'Threads that run predictions.' }),
  residentBytes: Type.Integer({ description: 'What models take of the memory budget.' }),
  budgetBytes: Type.Integer({ description: 'The memory budget.' }),
})
const idle = { running: 0, waiting: 0, lanes: 2, residentBytes: 6744, budgetBytes: 4_000_000_000 }
const retryAfter = { 'Retry-After': Type.String({ description: 'Seconds to wait before the next try.' }) }
const going: Answer = {
  ...answers('It still loads what it must, or is going.', readiness, {
    loading: { ready: false, draining: false, ...idle },
    draining: { ready: false, draining: true, ...idle },
  }),
  headers: retryAfter,
}

export const ping: RouteDescription = {
  operationId: 'ping',
  summary: 'Is the process there?',
  description:
    '200 as long as the process works, whatever the load. A host of one model says 503 until that is loaded.',
  tags: ['Health'],
  response: {
    200: healthy,
    ...failures([], { isOpen: true }),
    503: {
      ...answers('The one model of this host is not loaded yet.', statusOf('Loading'), {
        loading: { status: 'Loading' },
      }),
      headers: retryAfter,
    },
  },
}

export const live: RouteDescription = {
  operationId: 'isLive',
  summary: 'Does the process work?',
  tags: ['Health'],
  response: { 200: healthy, ...failures([], { isOpen: true }) },
}

export const ready: RouteDescription = {
  operationId: 'isReady',
  summary: 'Should requests be sent here?',
  description: 'Never 503 because it is busy, or because one model or the store fails.',
  tags: ['Health'],
  querystring: Type.Object({
    drain: Type.Optional(
      Type.Enum(['404'], {
        description: 'A host that is going says 404, by which HAProxy lets accepted requests end.',
      }),
    ),
  }),
  response: {
    200: answers('Send requests.', readiness, { ready: { ready: true, draining: false, ...idle } }),
    ...failures([], { isOpen: true }),
    404: answers('As 503 of a host that is going, where `drain=404` asks for it.', readiness),
    503: going,
  },
}
