import type { Theme } from '../case.js'
import type { Container } from '../container.js'
import { expectAnswer } from '../container.js'
import { expect, expectLoaded, expectStatus } from '../expect.js'
import { Fault } from '../fault.js'
import { type Reply, showReply } from '../wire.js'

const loadsAtOnce = 4
const sameAtOnce = 6
const callsAtOnce = 8
const askEveryMs = 5

const many = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make)

/** One of the calls did it, the others come too late. */
function expectOneOf(replies: readonly Reply[], others: number): void {
  const wrong = replies.find(({ status }) => status !== 200 && status !== others)
  const expected = `one 200 and ${replies.length - 1} times ${others}`
  if (wrong) throw new Fault(`${wrong.sent}, ${replies.length} times at once`, expected, showReply(wrong))
  const done = replies.filter(({ status }) => status === 200).length
  if (done !== 1) throw new Fault(`${replies[0]!.sent}, ${replies.length} times at once`, expected, `${done} times 200`)
}

async function loadTogether(container: Container): Promise<string[]> {
  const names = many(loadsAtOnce, container.newName)
  const replies = await Promise.all(names.map(name => container.load(name)))
  for (const reply of replies) expectLoaded(reply)
  return names
}

export const together: Theme = {
  name: 'At once',
  cases: [
    {
      id: 'load-together',
      title: 'Loads of several names at the same time are all 200, and each model is there.',
      level: 'must',
      why: 'Without a cache the platform loads models in parallel.',
      source: 'multi-model-endpoints, ModelCacheSetting; awslabs/multi-model-server #1025',
      needs: ['model'],
      run: async container => {
        for (const name of await loadTogether(container)) {
          expectStatus(await container.get(name), 200)
          if (container.asks) expectStatus(await container.invoke(name), 200)
        }
      },
    },
    {
      id: 'unload-together',
      title: 'Unloads of several names at the same time are all 200.',
      level: 'must',
      why: 'Without a cache the platform unloads models in parallel.',
      source: 'multi-model-endpoints, ModelCacheSetting',
      needs: ['model'],
      run: async container => {
        const names = await loadTogether(container)
        for (const reply of await Promise.all(names.map(name => container.unload(name)))) expectStatus(reply, 200)
        for (const name of names) expectStatus(await container.get(name), 404)
      },
    },
    {
      id: 'load-one-name-together',
      title: 'Of several loads of one name at the same time one is 200, the others 409; one model is there.',
      level: 'must',
      why: 'Two requests for a cold model can each begin a load. Two copies would be one that nobody ever unloads.',
      source: 'mms-container-apis',
      needs: ['model'],
      run: async container => {
        const name = container.newName()
        expectOneOf(await Promise.all(many(sameAtOnce, () => container.load(name))), 409)
        expectStatus(await container.get(name), 200)
        expectStatus(await container.unload(name), 200)
        expectStatus(await container.get(name), 404)
      },
    },
    {
      id: 'unload-one-name-together',
      title: 'Of several unloads of one name at the same time one is 200, the others 404.',
      level: 'should',
      why: 'A second one that hangs or fails holds up the load that follows.',
      source: 'mms-container-apis',
      needs: ['model'],
      run: async container => {
        const name = await container.loaded()
        expectOneOf(await Promise.all(many(loadsAtOnce, () => container.unload(name))), 404)
      },
    },
    {
      id: 'invoke-together',
      title: 'Calls of two models at the same time are all 200, each with the answer of its own model.',
      level: 'should',
      why: 'A server that takes one call after the other, or mixes them up, cannot be shared.',
      source: 'aws/amazon-sagemaker-examples #1303; pytorch/serve #66',
      needs: ['model', 'request'],
      run: async container => {
        const names = [await container.model(), await container.loaded(container.given.otherUrl)]
        const rights = await Promise.all(names.map(name => container.rightAnswer(name)))
        const calls = many(callsAtOnce, () => names.map(name => container.invoke(name))).flat()
        const replies = await Promise.all(calls)
        for (const [i, reply] of replies.entries()) expectAnswer(reply, rights[i % names.length]!)
      },
    },
    {
      id: 'invoke-while-loading',
      title: 'While a model is being loaded, it is there (200) or not yet (404), for a call too.',
      level: 'should',
      why: 'Any other status is a failed request. By 404 the platform knows that the model is still to be loaded.',
      source: 'mms-container-apis; awslabs/multi-model-server wlm/ModelManager',
      needs: ['model'],
      run: async container => {
        const name = container.newName()
        let isLoading = true
        const done = container.load(name).finally(() => {
          isLoading = false
        })
        const settled = done.catch(() => {})
        try {
          do {
            expectStatus(await container.get(name), 200, 404)
            if (container.asks) expectStatus(await container.invoke(name), 200, 404)
            await new Promise(resolve => setTimeout(resolve, askEveryMs))
          } while (isLoading)
        } finally {
          await settled
        }
        expectLoaded(await done)
      },
    },
    {
      id: 'load-while-invoking',
      title: 'Calls of one model are answered while others are loaded and unloaded.',
      level: 'must',
      why: 'Loads of one tenant must not fail calls of another.',
      source: 'multi-model-endpoints',
      needs: ['model', 'request'],
      run: async container => {
        const name = await container.model()
        const right = await container.rightAnswer(name)
        const churn = loadTogether(container).then(names => Promise.all(names.map(each => container.unload(each))))
        // Heard once the calls are.
        const isChurned = churn.then(
          () => undefined,
          fault => fault as Error,
        )
        for (let i = 0; i < callsAtOnce; i++) expectAnswer(await container.invoke(name), right)
        const fault = await isChurned
        if (fault) throw fault
        expect(await container.get(name), 'status 200', ({ status }) => status === 200)
      },
    },
  ],
}
