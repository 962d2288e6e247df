import type { CheckCase, Theme } from '../case.js'
import type { Container } from '../container.js'
import { expect, expectClientError, expectLoaded, expectStatus, isFields, parseJson } from '../expect.js'
import { NotRun } from '../fault.js'

/** Load, get, list, invoke where there is a request, unload: all by this name. */
async function live(container: Container, name: string): Promise<void> {
  const answer = await container.load(name)
  if (answer.status === 507) throw new NotRun('there is no room for a further model (507)')
  // To refuse a name is no fault where nobody says which ones there are; to take it and lose it is one.
  if (answer.status !== 200) {
    expectClientError(answer)
    throw new NotRun(`the server refuses such a name (${answer.status})`)
  }
  expect(expectStatus(await container.get(name), 200), `modelName as it was sent: ${name}`, reply => {
    const model = parseJson(reply)
    return isFields(model) && model.modelName === name
  })
  if (container.asks) expectStatus(await container.invoke(name), 200)
  expectStatus(await container.unload(name), 200)
  expectStatus(await container.get(name), 404)
}

const nameCase = (id: string, what: string, make: (random: string) => string): CheckCase => ({
  id,
  title: `A model can have a name ${what}, or the load is 4xx.`,
  level: 'should',
  why: 'The name is an opaque key, whose length and alphabet nobody promises. What is taken at the load must be found by later calls.',
  source: 'mms-container-apis',
  needs: ['model'],
  run: container => live(container, make(container.newName())),
})

export const names: Theme = {
  name: 'Names',
  cases: [
    {
      id: 'name-is-exact',
      title: 'A name is found only as it was sent: no prefix, no other case, no blank more.',
      level: 'must',
      why: 'A call that reaches another model than the one it names shows the data of one tenant to another.',
      source: 'mms-container-apis',
      needs: ['model'],
      run: async container => {
        // A letter is there, so that upper case is another name.
        const name = `a${container.newName().slice(1)}`
        expectLoaded(await container.load(name))
        const near = [name.slice(0, -1), `${name}0`, name.toUpperCase(), `${name} `]
        for (const other of near) {
          expectStatus(await container.get(other), 404)
          await container.unload(other)
        }
        expectStatus(await container.get(name), 200)
      },
    },
    nameCase('name-with-dots', 'with dots and dashes in it', random => `${random}.tar.gz-v1.2_3`),
    nameCase('name-long', 'of 512 characters', random => random.repeat(16)),
    nameCase('name-with-reserved', 'with blanks, slashes, %, ?, #, & and +', random => `${random}/a b%2F?c=1&d#e+f`),
    nameCase('name-unicode', 'of any script', random => `${random}-Größe-модель-模型-🦊`),
    nameCase('name-like-path', 'that begins with ../', random => `../${random}`),
  ],
}
