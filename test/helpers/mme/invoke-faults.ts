import type { PlantedFaults } from './fault.js'
import { failure } from './right.js'
import type { Call } from './server.js'

const target = 'x-amzn-sagemaker-target-model'
const isSound = ({ body }: Call) => body.length > 0 && body.toString().trimEnd().endsWith('}') && body[0] === 0x7b
const largestBytes = 1024 * 1024

export const invokeFaults: PlantedFaults = {
  'an invoke is 201': {
    cases: ['invoke-200'],
    plant: right => ({
      invoke: async call => {
        const answer = await right.invoke(call)
        return answer.status === 200 ? { ...answer, status: 201 } : answer
      },
    }),
  },
  'each answer is another one': {
    cases: ['invoke-same-answer'],
    plant: (right, state) => ({
      invoke: async call => {
        const answer = await right.invoke(call)
        return answer.status === 200 ? { ...answer, body: { ...(answer.body as object), n: state.calls } } : answer
      },
    }),
  },
  'an invoke of an absent model is an empty 400, as of unknown paths by Triton': {
    cases: ['invoke-absent-404', 'invoke-path-chooses', 'unload-200', 'errors-are-json'],
    also: ['unload-under-calls', 'unload-load-race', 'invoke-while-loading'],
    plant: (right, { models }) => ({ invoke: call => (models.has(call.name) ? right.invoke(call) : { status: 400 }) }),
  },
  'a header chooses the model, as by Triton': {
    cases: ['invoke-path-chooses'],
    plant: right => {
      const names = new Map<string, string>()
      return {
        load: call => {
          const said = call.headers[target] as string | undefined
          if (said !== undefined) names.set(said, JSON.parse(call.body.toString()).model_name)
          return right.load(call)
        },
        invoke: call => right.invoke({ ...call, name: names.get(call.headers[target] as string) ?? call.name }),
      }
    },
  },
  'an unknown header is 400': {
    cases: ['invoke-headers'],
    plant: right => ({
      invoke: call => ('x-amzn-something-new' in call.headers ? failure(400, 'unknown header') : right.invoke(call)),
    }),
  },
  'custom attributes above 256 characters are 431': {
    cases: ['invoke-headers'],
    plant: right => ({
      invoke: call => {
        const { length } = (call.headers['x-amzn-sagemaker-custom-attributes'] as string | undefined) ?? ''
        return length > 256 ? failure(431, 'too long') : right.invoke(call)
      },
    }),
  },
  'an answer has another type than was asked for': {
    cases: ['invoke-content-type'],
    plant: right => ({
      invoke: async call => {
        const answer = await right.invoke(call)
        return answer.status === 200 ? { ...answer, headers: { 'Content-Type': 'text/html' } } : answer
      },
    }),
  },
  'a content type with a charset is 415, as by the inference toolkit': {
    cases: ['invoke-type-spelled'],
    plant: right => ({
      invoke: call => (call.headers['content-type']?.includes(';') ? failure(415, 'unsupported') : right.invoke(call)),
    }),
  },
  'a content type is compared as it stands': {
    cases: ['invoke-type-spelled'],
    plant: right => ({
      invoke: call =>
        /[A-Z]/.test(call.headers['content-type'] ?? '') ? failure(415, 'unsupported') : right.invoke(call),
    }),
  },
  'Accept: */* is 406': {
    cases: ['invoke-any-accept'],
    plant: right => ({
      invoke: call => (call.headers.accept === '*/*' ? failure(406, 'say which') : right.invoke(call)),
    }),
  },
  'a broken body is 507': {
    cases: ['invoke-broken-body', 'invoke-broken-body-4xx'],
    plant: (right, { models }) => ({
      invoke: call =>
        models.has(call.name) && !isSound(call) && call.method === 'POST' ? failure(507, 'OOM') : right.invoke(call),
    }),
  },
  'a broken body costs the next call its worker': {
    cases: ['invoke-broken-body'],
    also: ['invoke-large-body'],
    plant: right => {
      let isDead = false
      return {
        invoke: call => {
          const wasDead = isDead
          isDead = !isSound(call)
          return wasDead && !isDead ? failure(500, 'worker died') : right.invoke(call)
        },
      }
    },
  },
  'a broken body is 503, as a failed prediction by MMS': {
    cases: ['invoke-broken-body-4xx'],
    plant: (right, { models }) => ({
      invoke: call =>
        models.has(call.name) && call.method === 'POST' && !isSound(call) ? failure(503, 'failed') : right.invoke(call),
    }),
  },
  'bodies above 1 MiB are 413': {
    cases: ['invoke-large-body'],
    plant: right => ({
      invoke: call => (call.body.length > largestBytes ? failure(413, 'too large') : right.invoke(call)),
    }),
  },
  'a body without a length is none': {
    cases: ['invoke-chunked'],
    plant: right => ({
      invoke: call => right.invoke('content-length' in call.headers ? call : { ...call, body: Buffer.alloc(0) }),
    }),
  },
  'an invoke may have any method, as by MMS': {
    cases: ['invoke-only-post'],
    plant: right => ({ invoke: call => right.invoke({ ...call, method: 'POST' }) }),
  },
}

export const nameFaults: PlantedFaults = {
  'names are compared without their case': {
    cases: ['name-is-exact'],
    plant: (right, { models }) => ({
      get: call => {
        const name = [...models.keys()].find(each => each.toLowerCase() === call.name.toLowerCase())
        return right.get({ ...call, name: name ?? call.name })
      },
    }),
  },
  'a name ends at its first dot': {
    cases: ['name-with-dots', 'name-like-path'],
    plant: right => ({ get: call => right.get({ ...call, name: call.name.split('.')[0]! }) }),
  },
  'a name in a path is cut after 255 characters': {
    cases: ['name-long'],
    plant: right => ({ get: call => right.get({ ...call, name: call.name.slice(0, 255) }) }),
  },
  'names in a path are not decoded': {
    cases: ['name-with-reserved', 'name-unicode', 'name-like-path'],
    plant: right => ({ get: call => right.get({ ...call, name: encodeURIComponent(call.name) }) }),
  },
  'names are read as Latin-1': {
    cases: ['name-unicode'],
    plant: right => ({ get: call => right.get({ ...call, name: Buffer.from(call.name).toString('latin1') }) }),
  },
  'a path is made shorter after it is decoded, as by a proxy': {
    cases: ['name-like-path'],
    plant: right => ({ get: call => right.get({ ...call, name: call.name.replace(/^(\.\.\/)+/, '') }) }),
  },
}
