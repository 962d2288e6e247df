import type { Theme } from '../case.js'
import type { Container } from '../container.js'
import { expect, expectStatus } from '../expect.js'
import { Fault, NotRun } from '../fault.js'
import { type Reply, seconds } from '../wire.js'

/** A server into which models were loaded until it said no. */
interface Filled {
  readonly names: readonly string[]
  /** None where all had room. */
  readonly refusal: Reply | undefined
  /** The name that had no room. */
  readonly refused?: string
  /** The time in which there was no end, where there was not time for all. */
  readonly cutMs?: number
}

const filled = new WeakMap<Container, Promise<Filled>>()
/** Of the loaded models so many are asked. */
const sample = 8

function fill(container: Container): Promise<Filled> {
  let done = filled.get(container)
  if (!done) {
    done = loadUntilFull(container)
    filled.set(container, done)
  }
  return done
}

/** Filling takes so many times the time of a request at most, so that its case comes to an end. */
const requestsToFill = 3

async function loadUntilFull(container: Container): Promise<Filled> {
  const names: string[] = []
  const limitMs = requestsToFill * container.limits.requestMs
  const startMs = performance.now()
  for (let i = 0; i < container.given.fill!; i++) {
    const name = container.newName()
    container.keep(name)
    const reply = await container.load(name)
    if (reply.status !== 200) return { names, refusal: reply, refused: name }
    names.push(name)
    if (performance.now() - startMs > limitMs) return { names, refusal: undefined, cutMs: limitMs }
  }
  return { names, refusal: undefined }
}

async function untilFull(container: Container): Promise<{ names: readonly string[]; refusal: Reply; refused: string }> {
  const { names, refusal, refused, cutMs } = await fill(container)
  if (cutMs !== undefined) {
    throw new NotRun(`${names.length} copies have room, and took ${seconds(cutMs)}; a longer --timeout gives more time`)
  }
  if (!refusal) throw new NotRun(`${names.length} copies have room; a larger --fill finds the end`)
  if (refusal.status === 409) throw new NotRun('the server does not load one path under several names (409)')
  return { names, refusal, refused: refused! }
}

export const room: Theme = {
  name: 'Room',
  cases: [
    {
      id: 'room-507',
      title: 'A sound artifact for which there is no room is 507.',
      level: 'must',
      why: 'By 507 the platform knows that it has to unload another model first. Any other error is a model that cannot be had.',
      source: 'mms-container-apis; triton-inference-server/server #4392',
      needs: ['model', 'fill'],
      run: async container => {
        expectStatus((await untilFull(container)).refusal, 507)
      },
    },
    {
      id: 'room-others-stay',
      title: 'A load that has no room costs no other model: all are listed, and answer.',
      level: 'must',
      why: 'What is evicted is for the platform to say. A model that the container dropped by itself is one that the platform believes to have.',
      source: 'multi-model-endpoints',
      needs: ['model', 'fill'],
      run: async container => {
        const { names } = await fill(container)
        for (const name of names) expectStatus(await container.get(name), 200)
        if (!container.asks) return
        const step = Math.ceil(names.length / sample)
        for (const name of names.filter((_, i) => i % step === 0)) expectStatus(await container.invoke(name), 200)
      },
    },
    {
      id: 'room-list-whole',
      title: 'The list of all of them, followed to its end, has each once.',
      level: 'must',
      why: 'Pages end somewhere; what falls between two is lost. (With --fill above 100 most servers have several.)',
      source: 'mms-container-apis',
      needs: ['model', 'fill'],
      run: async container => {
        const { names } = await fill(container)
        const listed = (await container.listAll()).map(({ name }) => name)
        const times = new Map<string, number>()
        for (const name of listed) times.set(name, (times.get(name) ?? 0) + 1)
        const wrong = names.find(name => times.get(name) !== 1)
        if (wrong === undefined) return
        throw new Fault(
          `GET /models with ${names.length} models`,
          'each once',
          `${wrong} ${times.get(wrong) ?? 0} times`,
        )
      },
    },
    {
      id: 'room-after-unload',
      title: 'After one unload the load that had no room is 200: the same name, of the same size.',
      level: 'must',
      why: 'The platform unloads one, and tries again at once: by then the room must be free, and the name too.',
      source: 'mms-container-apis; awslabs/multi-model-server #853; triton-inference-server/server #2023',
      needs: ['model', 'fill'],
      run: async container => {
        const { names, refused } = await untilFull(container)
        const [first] = names
        if (first === undefined) throw new NotRun('not one copy has room')
        expectStatus(await container.unload(first), 200)
        expect(
          await container.load(refused),
          'status 200, as the same model had room before',
          ({ status }) => status === 200,
        )
      },
    },
  ],
}
