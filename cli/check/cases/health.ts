import type { Theme } from '../case.js'
import type { Container } from '../container.js'
import { expect, expectStatus, isFields, parseJson } from '../expect.js'

const pingEveryMs = 20
const leastPings = 5
const loadsAtOnce = 3
const callsAtOnce = 16

/** Pings as long as the work runs. */
async function pingDuring(container: Container, work: readonly Promise<unknown>[]): Promise<void> {
  let isRunning = true
  const done = Promise.allSettled(work).then(() => {
    isRunning = false
  })
  try {
    for (let i = 0; isRunning || i < leastPings; i++) {
      expectStatus(await container.ping(), 200)
      await new Promise(resolve => setTimeout(resolve, pingEveryMs))
    }
  } finally {
    await done
  }
}

export const health: Theme = {
  name: 'Health',
  cases: [
    {
      id: 'ping-200',
      title: 'GET /ping is 200 within 2 s, with no model loaded.',
      level: 'must',
      why: 'The platform pings from the start, before any load. What does not answer in time is replaced, and the deployment fails.',
      source: 'your-algorithms-inference-code',
      needs: [],
      run: async container => {
        expectStatus(await container.ping(), 200)
      },
    },
    {
      id: 'ping-text-agrees',
      title: 'Where a ping is 200, its text does not say that the server is unwell.',
      level: 'should',
      why: 'The platform goes by the status. A server that says "Unhealthy" with 200 gets requests that it cannot answer.',
      source: 'aws/deep-learning-containers #2917',
      needs: [],
      run: async container => {
        expect(await container.ping(), 'a status and a text that agree', reply => {
          const body = parseJson(reply)
          const words = isFields(body) ? JSON.stringify(body) : reply.body.toString('utf8', 0, 1000)
          return reply.status !== 200 || !/\b(unhealthy|unavailable|not ready)\b/i.test(words)
        })
      },
    },
    {
      id: 'ping-while-loading',
      title: 'GET /ping is 200 within 2 s while models are loaded.',
      level: 'must',
      why: 'Loads come at any time. An instance whose pings stop meanwhile is taken out of service.',
      source: 'your-algorithms-inference-code',
      needs: ['model'],
      run: async container => {
        const loads = Array.from({ length: loadsAtOnce }, () => container.load(container.newName()))
        await pingDuring(container, loads)
      },
    },
    {
      id: 'ping-while-invoking',
      title: 'GET /ping is 200 within 2 s while a model has many calls.',
      level: 'must',
      why: 'A busy server whose pings wait behind predictions looks dead, and is replaced when it is needed most.',
      source: 'your-algorithms-inference-code',
      needs: ['model', 'request'],
      run: async container => {
        const name = await container.model()
        await pingDuring(
          container,
          Array.from({ length: callsAtOnce }, () => container.invoke(name)),
        )
      },
    },
  ],
}
