import type { Theme } from '../case.js'
import type { Container } from '../container.js'
import { expect, expectStatus } from '../expect.js'
import { Fault, NotRun } from '../fault.js'
import type { Reply } from '../wire.js'

/** A server into which models were loaded until it said no. */
interface Filled {
  readonly names: readonly string[]
  /** None where all had room. */
  readonly refusal: Reply | undefined
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

async function loadUntilFull(container: Container): Promise<Filled> {
  const names: string[] = []
  for (let i = 0; i < container.given.fill!; i++) {
    const name = container.newName()
    container.keep(name)
    const reply = await container.load(name)
    if (reply.status !== 200) return { names, refusal: reply }
    names.push(name)
  }
  return { names, refusal: undefined }
}

async function untilFull(container: Container): Promise<{ names: readonly string[]; refusal: Reply }> {
  const { names, refusal } = await fill(container)
  if (!refusal) throw new NotRun(`${names.length} copies have room; a larger --fill finds the end`)
  if (refusal.status === 409) throw new NotRun('the server does not load one path under several names (409)')
  return { names, refusal }
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
      title: 'After one unload there is room for a load of the same size.',
      level: 'must',
      why: 'An unload frees what the model took before it is answered: the next load follows at once.',
      source: 'mms-container-apis; awslabs/multi-model-server #853; triton-inference-server/server #2023',
      needs: ['model', 'fill'],
      run: async container => {
        const { names } = await untilFull(container)
        const [first] = names
        if (first === undefined) throw new NotRun('not one copy has room')
        expectStatus(await container.unload(first), 200)
        expect(
          await container.load(first),
          'status 200, as the same model had room before',
          ({ status }) => status === 200,
        )
      },
    },
  ],
}
