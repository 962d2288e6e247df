import { setTimeout as wait } from 'node:timers/promises'
import type { PlantedFaults } from './fault.js'
import { overlapping } from './overlapping.js'
import { artifacts, failure, readLoad } from './right.js'
import type { Answer, Call, Handler } from './server.js'

const urlOf = (call: Call) => readLoad(call)?.url
const isMissing = (call: Call) => urlOf(call)?.includes('no-such-folder') === true
/** Another answer to some requests. */
const where = (is: (call: Call) => boolean, other: Handler, right: Handler): Handler => {
  return call => (is(call) ? other(call) : right(call))
}
const always =
  (status: number, message: string): Handler =>
  () =>
    failure(status, message)

export const loadFaults: PlantedFaults = {
  'a load is 202, and done some time': {
    cases: ['load-200'],
    plant: right => ({
      load: async call => {
        const answer = await right.load(call)
        return answer.status === 200 ? { ...answer, status: 202 } : answer
      },
    }),
  },
  'a load is answered while the model is still being loaded': {
    cases: ['load-is-done'],
    also: ['load-together', 'unload-leaves-others'],
    plant: (right, { models }) => {
      const fresh = new Set<string>()
      return {
        load: async call => {
          const answer = await right.load(call)
          const { name } = readLoad(call) ?? { name: '' }
          // Of the third model on, so that it is this case that meets it.
          if (answer.status === 200 && models.size === 3) fresh.add(name)
          return answer
        },
        invoke: call => (fresh.delete(call.name) ? failure(503, 'still loading') : right.invoke(call)),
      }
    },
  },
  'a second load of a name is 200': {
    cases: ['load-again-409', 'load-again-other-url-409', 'load-again-missing-path-409'],
    also: ['load-one-name-together'],
    plant: (right, { models }) => ({
      load: where(
        call => models.has(readLoad(call)?.name ?? ''),
        () => ({ status: 200, body: {} }),
        right.load,
      ),
    }),
  },
  'a load from another path replaces the model': {
    cases: ['load-again-other-url-409'],
    plant: (right, { models }) => ({
      load: call => {
        const { name, url } = readLoad(call) ?? { name: '', url: '' }
        if (url === artifacts.other && models.has(name)) models.delete(name)
        return right.load(call)
      },
    }),
  },
  'the artifact is fetched before the name is looked at, as by MMS': {
    cases: ['load-again-missing-path-409'],
    plant: right => ({ load: where(isMissing, always(404, 'no such artifact'), right.load) }),
  },
  'a path is loaded once only, as by Triton': {
    cases: ['load-path-twice'],
    plant: (right, { models }) => ({
      load: call => {
        const isTaken = [...models.values()].includes(urlOf(call) ?? '')
        return isTaken ? failure(409, 'the path is registered') : right.load(call)
      },
    }),
  },
  'a missing path is 507': {
    cases: ['load-missing-path', 'load-missing-path-4xx', 'load-again-missing-path-409'],
    plant: right => ({ load: where(isMissing, always(507, 'cannot be opened'), right.load) }),
  },
  'a missing path is 500': {
    cases: ['load-missing-path-4xx', 'load-again-missing-path-409'],
    plant: right => ({ load: where(isMissing, always(500, 'cannot be opened'), right.load) }),
  },
  'a load that fails leaves its name taken': {
    cases: ['load-missing-path', 'load-broken'],
    plant: (right, { models }) => ({
      load: async call => {
        const answer = await right.load(call)
        const wanted = readLoad(call)
        if (wanted && (answer.status === 404 || answer.status === 422)) models.set(wanted.name, wanted.url)
        return answer
      },
    }),
  },
  'a load that fails stays in the list': {
    cases: ['load-missing-path', 'load-broken'],
    plant: (right, { models }) => {
      const failed: { modelName: string; modelUrl: string }[] = []
      return {
        load: async call => {
          const answer = await right.load(call)
          const wanted = readLoad(call)
          const isFault = wanted && (answer.status === 404 || answer.status === 422)
          if (isFault && !models.has(wanted.name)) failed.push({ modelName: wanted.name, modelUrl: wanted.url })
          return answer
        },
        // For one list more.
        list: async call => {
          const answer = await right.list(call)
          if (call.query.size > 0 || failed.length === 0) return answer
          const body = answer.body as { models: unknown[] }
          return { ...answer, body: { ...body, models: [...body.models, ...failed.splice(0)] } }
        },
      }
    },
  },
  'a broken artifact is 507, as where the message speaks of memory by Triton': {
    cases: ['load-broken', 'load-broken-4xx'],
    plant: right => ({ load: where(call => urlOf(call) === artifacts.broken, always(507, 'OOM'), right.load) }),
  },
  'a broken artifact is 500, as by MMS': {
    cases: ['load-broken-4xx'],
    plant: right => ({ load: where(call => urlOf(call) === artifacts.broken, always(500, 'died'), right.load) }),
  },
  'malformed JSON is 500, as by MMS': {
    cases: ['load-malformed-json'],
    plant: right => ({
      load: where(({ body }) => body.includes(',}'), always(500, 'JsonSyntaxException'), right.load),
    }),
  },
  'an empty body is 500, as by MMS': {
    cases: ['load-empty-body'],
    plant: right => ({ load: where(({ body }) => body.length === 0, always(500, 'NullPointer'), right.load) }),
  },
  'a missing field is 500, as by the container of TensorFlow Serving': {
    cases: ['load-wrong-fields'],
    plant: right => ({
      load: where(
        call => !readLoad(call) && call.body.at(-1) === '}'.charCodeAt(0) && !call.body.includes(',}'),
        always(500, 'KeyError'),
        right.load,
      ),
    }),
  },
}

export const togetherFaults: PlantedFaults = {
  'one load at a time, the others are 503': {
    cases: ['load-together', 'unload-together', 'load-one-name-together', 'load-while-invoking'],
    plant: right => ({ load: overlapping(right.load, () => failure(503, 'busy')).handler }),
  },
  'the third load at once hangs, as by MMS': {
    cases: ['load-together', 'unload-together', 'load-while-invoking'],
    also: ['load-one-name-together'],
    plant: right => {
      let running = 0
      return {
        load: async call => {
          running++
          await wait(50)
          const isThird = running >= 3
          const answer: Answer = isThird ? { status: 0, instead: 'nothing' } : await right.load(call)
          running--
          return answer
        },
      }
    },
  },
  'a model is known before it is loaded, and its calls are 503, as by MMS': {
    cases: ['invoke-while-loading'],
    plant: right => {
      const coming = new Set<string>()
      return {
        load: async call => {
          const { name } = readLoad(call) ?? { name: '' }
          coming.add(name)
          // Long enough for a call to meet it.
          await wait(100)
          const answer = await right.load(call)
          coming.delete(name)
          return answer
        },
        invoke: call => (coming.has(call.name) ? failure(503, 'no worker is available') : right.invoke(call)),
      }
    },
  },
  'unloads at once trip over each other': {
    cases: ['unload-together'],
    also: ['unload-one-name-together'],
    plant: right => ({ unload: overlapping(right.unload, () => failure(500, 'modified while iterating')).handler }),
  },
  'loads of one name at once are all done': {
    cases: ['load-one-name-together'],
    plant: right => {
      const names = new Map<string, number>()
      return {
        load: async call => {
          const { name } = readLoad(call) ?? { name: '' }
          const place = (names.get(name) ?? 0) + 1
          names.set(name, place)
          await wait(30)
          const answer: Answer = place > 1 ? { status: 200, body: {} } : await right.load(call)
          names.delete(name)
          return answer
        },
      }
    },
  },
  'a second unload at once is 500': {
    cases: ['unload-one-name-together'],
    plant: right => {
      const leaving = new Set<string>()
      return {
        unload: async call => {
          if (leaving.has(call.name)) return failure(500, 'is leaving')
          leaving.add(call.name)
          await wait(50)
          leaving.delete(call.name)
          return right.unload(call)
        },
      }
    },
  },
  'calls at once get answers of one another': {
    cases: ['invoke-together'],
    plant: right => {
      const running: string[] = []
      return {
        invoke: async call => {
          running.push(call.name)
          await wait(50)
          const other = running.find(name => name !== call.name)
          running.splice(running.indexOf(call.name), 1)
          return right.invoke({ ...call, name: other ?? call.name })
        },
      }
    },
  },
  'calls are 503 while a model is loaded': {
    cases: ['load-while-invoking'],
    plant: right => {
      const load = overlapping(right.load)
      return {
        load: load.handler,
        invoke: call => (load.isRunning() ? failure(503, 'loading') : right.invoke(call)),
      }
    },
  },
}
