import { setTimeout as wait } from 'node:timers/promises'
import type { PlantedFault, PlantedFaults } from './fault.js'
import { overlapping } from './overlapping.js'
import { capacity, failure, readLoad } from './right.js'
import type { Answer } from './server.js'

const target = 'x-amzn-sagemaker-target-model'
const done: Answer = { status: 200, body: {} }

/** What calls get that run when their model leaves. */
const underCalls = (answer: Answer): PlantedFault => ({
  cases: ['unload-under-calls'],
  plant: (right, { models }) => {
    const slow = overlapping(call => right.invoke(call))
    return {
      invoke: async call => {
        const wasThere = models.has(call.name)
        const reply = await slow.handler(call)
        return wasThere && !models.has(call.name) ? answer : reply
      },
    }
  },
})

export const unloadFaults: PlantedFaults = {
  'an unload is 204': {
    cases: [
      'unload-200',
      'unload-again-404',
      'unload-name-is-free',
      'unload-leaves-others',
      'unload-under-calls',
      'unload-load-race',
      'unload-while-loading',
      'unload-together',
      'unload-one-name-together',
      'load-one-name-together',
      'name-with-dots',
      'name-long',
      'name-with-reserved',
      'name-unicode',
      'name-like-path',
      'room-after-unload',
    ],
    plant: right => ({
      unload: async call => {
        const answer = await right.unload(call)
        return answer.status === 200 ? { status: 204 } : answer
      },
    }),
  },
  'an unloaded model stays in the list': {
    cases: ['unload-200'],
    plant: (right, { models }) => {
      const gone = new Map<string, string>()
      return {
        unload: call => {
          const url = models.get(call.name)
          if (url !== undefined) gone.set(call.name, url)
          return right.unload(call)
        },
        // For one list more.
        list: async call => {
          const answer = await right.list(call)
          if (call.query.size > 0 || gone.size === 0) return answer
          const body = answer.body as { models: unknown[] }
          const entries = [...gone].map(([modelName, modelUrl]) => ({ modelName, modelUrl }))
          gone.clear()
          return { ...answer, body: { ...body, models: [...body.models, ...entries] } }
        },
      }
    },
  },
  'a second unload is 200': {
    cases: ['unload-again-404', 'unload-one-name-together'],
    plant: right => {
      const unloaded = new Set<string>()
      return {
        unload: async call => {
          const answer = await right.unload(call)
          if (answer.status === 200) unloaded.add(call.name)
          return unloaded.has(call.name) ? done : answer
        },
      }
    },
  },
  'an unload of what was never there is 200': {
    cases: ['unload-absent-404', 'unload-path-chooses'],
    plant: right => {
      const ever = new Set<string>()
      return {
        load: call => {
          ever.add(readLoad(call)?.name ?? '')
          return right.load(call)
        },
        unload: call => (ever.has(call.name) ? right.unload(call) : done),
      }
    },
  },
  'a name is taken for a moment after its unload': {
    cases: ['unload-name-is-free'],
    plant: right => {
      const unloads = new Map<string, number>()
      return {
        unload: async call => {
          const answer = await right.unload(call)
          if (answer.status === 200) unloads.set(call.name, (unloads.get(call.name) ?? 0) + 1)
          return answer
        },
        load: call => {
          const { name } = readLoad(call) ?? { name: '' }
          // The second time, which no other case does.
          if (unloads.get(name) !== 2) return right.load(call)
          unloads.delete(name)
          return failure(409, 'is leaving')
        },
      }
    },
  },
  'an unload takes the last model of the same path along': {
    cases: ['unload-leaves-others'],
    also: ['unload-together'],
    plant: (right, { models }) => ({
      unload: async call => {
        const url = models.get(call.name)
        const answer = await right.unload(call)
        const [, , other] = [...models.keys()]
        const last = [...models.keys()].at(-1)
        if (other === undefined && models.size === 2 && models.get(last!) === url) models.delete(last!)
        return answer
      },
    }),
  },
  'a header chooses what is unloaded, as by Triton': {
    cases: ['unload-path-chooses'],
    plant: (right, { models }) => ({
      unload: call => {
        const said = call.headers[target] as string | undefined
        return right.unload({ ...call, name: said !== undefined && models.has(said) ? said : call.name })
      },
    }),
  },
  'calls that run at an unload are never answered, as by MMS': underCalls({ status: 0, instead: 'nothing' }),
  'calls that run at an unload are 500, as by MMS': underCalls(failure(500, 'Worker died.')),
  'calls that run at an unload are cut': underCalls({ status: 0, instead: 'a cut' }),
  'an unload while the model is loaded is 200, and the model comes all the same': {
    cases: ['unload-while-loading'],
    plant: (right, { models }) => {
      const coming = new Set<string>()
      return {
        load: async call => {
          const { name } = readLoad(call) ?? { name: '' }
          coming.add(name)
          // Its unload arrives meanwhile.
          await wait(sweepMs)
          const answer = await right.load(call)
          coming.delete(name)
          return answer
        },
        unload: call => (coming.has(call.name) && !models.has(call.name) ? done : right.unload(call)),
      }
    },
  },
  'an unload by a name that is nearly it': {
    cases: ['name-is-exact'],
    plant: (right, { models }) => ({
      unload: call =>
        right.unload({ ...call, name: models.has(call.name) ? call.name : call.name.toLowerCase().trim() }),
    }),
  },
  'an unload sweeps away a load that came after it, as MMS may': {
    cases: ['unload-load-race'],
    also: ['unload-while-loading'],
    plant: (right, { models, loading }) => ({
      unload: async call => {
        const answer = await right.unload(call)
        await wait(sweepMs)
        while (loading.has(call.name)) await wait(1)
        models.delete(call.name)
        return answer
      },
    }),
  },
}

/** A load that was sent with the unload is there by then. */
const sweepMs = 40

export const roomFaults: PlantedFaults = {
  'want of room is 500': {
    cases: ['room-507'],
    plant: right => ({
      load: async call => {
        const answer = await right.load(call)
        return answer.status === 507 ? failure(500, 'cannot allocate') : answer
      },
    }),
  },
  'want of room is 507 and costs the oldest model': {
    cases: ['room-others-stay', 'room-list-whole', 'room-after-unload'],
    plant: (right, { models }) => ({
      load: async call => {
        const answer = await right.load(call)
        const [oldest] = models.keys()
        if (answer.status === 507 && oldest !== undefined) models.delete([...models.keys()][1]!)
        return answer
      },
    }),
  },
  'the list ends after eight models': {
    cases: ['room-list-whole'],
    plant: right => ({
      list: async call => {
        const answer = await right.list(call)
        return Number(call.query.get('next_page_token') ?? 0) >= 8 ? { status: 200, body: { models: [] } } : answer
      },
    }),
  },
  'what had no room leaves its name taken': {
    cases: ['room-after-unload'],
    plant: right => {
      const refused = new Set<string>()
      return {
        load: async call => {
          const { name } = readLoad(call) ?? { name: '' }
          if (refused.has(name)) return failure(409, 'is being loaded')
          const answer = await right.load(call)
          if (answer.status === 507) refused.add(name)
          return answer
        },
      }
    },
  },
  'room is free some time after an unload': {
    cases: ['room-after-unload'],
    plant: (right, { models }) => {
      let isLate = false
      return {
        unload: call => {
          isLate = models.size === capacity
          return right.unload(call)
        },
        load: call => (isLate ? failure(507, 'still busy') : right.load(call)),
      }
    },
  },
}
