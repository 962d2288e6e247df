import type { Theme } from '../case.js'
import { type Container, expectAnswer, targetHeader } from '../container.js'
import { expect, expectLoaded, expectStatus } from '../expect.js'
import type { Reply } from '../wire.js'

/** Calls that the server answers all at once, without an unload. */
async function burstSize(container: Container, name: string): Promise<number> {
  for (let count = 32; count > 1; count /= 2) {
    const replies = await Promise.all(Array.from({ length: count }, () => container.invoke(name)))
    // What has no room for so many says 503 or 429, and may.
    if (replies.every(({ status }) => status === 200)) return count
  }
  return 1
}

/** When the unload is sent, seen from the calls: once all are written, or the first is answered. */
const moments = ['written', 'answered', 'written', 'answered'] as const

async function unloadUnderCalls(container: Container, count: number, moment: 'written' | 'answered'): Promise<Reply[]> {
  const name = await container.loaded()
  let written = 0
  let now = () => {}
  const isTime = new Promise<void>(resolve => {
    now = resolve
  })
  const calls = Array.from({ length: count }, async () => {
    const reply = container.invoke(name, {
      onWritten: () => {
        written++
        if (moment === 'written' && written === count) now()
      },
    })
    if (moment === 'answered') reply.then(now, now)
    return reply.finally(now)
  })
  // Each is judged; none is to be left unheard meanwhile.
  const answers = Promise.allSettled(calls)
  await isTime
  const unloaded = await container.unload(name).catch(fault => fault as Error)
  const settled = await answers
  if (unloaded instanceof Error) throw unloaded
  expectStatus(unloaded, 200)
  return settled.map(result => {
    if (result.status === 'rejected') throw result.reason
    return result.value
  })
}

export const unload: Theme = {
  name: 'Unload',
  cases: [
    {
      id: 'unload-200',
      title: 'DELETE /models/{name} is 200, and the model is gone from the list and for all calls.',
      level: 'must',
      why: 'The platform unloads to make room for the next load, which follows at once.',
      source: 'mms-container-apis; awslabs/multi-model-server #853, #942',
      needs: ['model'],
      run: async container => {
        const name = await container.loaded()
        expectStatus(await container.unload(name), 200)
        expectStatus(await container.get(name), 404)
        expectStatus(await container.invoke(name), 404)
        const reply = await container.list()
        expect(reply, `a list without ${name}`, ({ body }) => !body.includes(name))
      },
    },
    {
      id: 'unload-again-404',
      title: 'A second unload is 404.',
      level: 'must',
      why: 'By 404 the platform knows that the model is not there; 200 would hide that two lists have parted.',
      source: 'mms-container-apis',
      needs: ['model'],
      run: async container => {
        const name = await container.loaded()
        expectStatus(await container.unload(name), 200)
        expectStatus(await container.unload(name), 404)
      },
    },
    {
      id: 'unload-absent-404',
      title: 'An unload of a name that was never loaded is 404.',
      level: 'must',
      why: 'By 404 the platform knows that there is nothing to wait for.',
      source: 'mms-container-apis',
      needs: [],
      run: async container => {
        expectStatus(await container.unload(container.newName()), 404)
      },
    },
    {
      id: 'unload-name-is-free',
      title: 'After an unload the name can be loaded again at once, several times.',
      level: 'must',
      why: 'Without a cache the platform loads and unloads a model for each call. What is not quite gone makes that a 409 or a hang.',
      source: 'multi-model-endpoints, ModelCacheSetting; awslabs/multi-model-server #1025',
      needs: ['model'],
      run: async container => {
        const name = await container.loaded()
        for (let i = 0; i < 4; i++) {
          expectStatus(await container.unload(name), 200)
          expectStatus(await container.load(name), 200)
        }
        if (container.asks) expectStatus(await container.invoke(name), 200)
      },
    },
    {
      id: 'unload-leaves-others',
      title: 'An unload leaves other models of the same artifact as they are.',
      level: 'must',
      why: 'What takes others along fails calls of tenants that have nothing to do with it.',
      source: 'mms-container-apis',
      needs: ['model'],
      run: async container => {
        const [name, other] = [await container.loaded(), await container.loaded()]
        expectStatus(await container.unload(name), 200)
        expectStatus(await container.get(other), 200)
        if (container.asks) expectStatus(await container.invoke(other), 200)
      },
    },
    {
      id: 'unload-path-chooses',
      title: 'The path alone chooses what is unloaded, whatever model X-Amzn-SageMaker-Target-Model names.',
      level: 'must',
      why: 'A server that goes by the header lets one tenant unload the model of another.',
      source: 'triton-inference-server/server #6303, #8923',
      needs: ['model'],
      run: async container => {
        const target = `${container.newName()}.tar.gz`
        const name = await container.loaded(container.given.modelUrl, { [targetHeader]: target })
        for (const other of [target, name]) {
          expectStatus(await container.unload(container.newName(), { [targetHeader]: other }), 404)
          expectStatus(await container.get(name), 200)
        }
      },
    },
    {
      id: 'unload-under-calls',
      title: 'Calls that run when their model is unloaded are answered: 200 with the right answer, or 404.',
      level: 'should',
      why: 'The platform unloads while calls run. One that is cut, or never answered, is a failed request of a caller who did nothing wrong.',
      source:
        'awslabs/multi-model-server wlm/WorkerThread; SeldonIO/MLServer #413; triton-inference-server/server #4844',
      needs: ['model', 'request'],
      run: async container => {
        const name = await container.model()
        const right = await container.rightAnswer(name)
        const count = await burstSize(container, name)
        for (const moment of moments) {
          for (const reply of await unloadUnderCalls(container, count, moment)) {
            expectStatus(reply, 200, 404)
            if (reply.status === 200) expectAnswer(reply, right)
          }
        }
      },
    },
    {
      id: 'unload-load-race',
      title:
        'A load that meets the unload of its name comes after it (200) or before it (409), and the server knows which.',
      level: 'should',
      why: 'Without a cache load and unload of a name follow each other closely. A load that is answered 200 and then swept away is a model that the platform believes to have.',
      source: 'multi-model-endpoints, ModelCacheSetting; awslabs/multi-model-server wlm/ModelManager',
      needs: ['model'],
      run: async container => {
        for (let round = 0; round < 4; round++) {
          const name = await container.loaded()
          const [unloaded, loaded] = await Promise.all([container.unload(name), container.load(name)])
          expectStatus(unloaded, 200)
          expectStatus(loaded, 200, 409)
          const after = `status ${loaded.status === 200 ? 200 : 404}, as the load beside the unload was ${loaded.status}`
          const isThere = loaded.status === 200
          expect(await container.get(name), after, ({ status }) => status === (isThere ? 200 : 404))
          if (container.asks) {
            expect(await container.invoke(name), after, ({ status }) => status === (isThere ? 200 : 404))
          }
          if (isThere) expectStatus(await container.unload(name), 200)
        }
      },
    },
    {
      id: 'unload-while-loading',
      title: 'An unload that meets the load of its name is 404, and the model is there; or 200, and it is gone.',
      level: 'should',
      why: 'Callers give up while a model is loaded. One that nobody knows of, or a name that is neither free nor taken, costs room for ever.',
      source: 'multi-model-endpoints, ModelCacheSetting; mms-container-apis',
      needs: ['model'],
      run: async container => {
        for (let round = 0; round < 4; round++) {
          const name = container.newName()
          const [loaded, unloaded] = await Promise.all([container.load(name), container.unload(name)])
          expectStatus(unloaded, 200, 404)
          const isGone = unloaded.status === 200
          if (!isGone) expectLoaded(loaded)
          const after = `status ${isGone ? 404 : 200}, as the unload beside the load was ${unloaded.status}`
          expect(await container.get(name), after, ({ status }) => status === (isGone ? 404 : 200))
          if (!isGone) expectStatus(await container.unload(name), 200)
        }
      },
    },
  ],
}
