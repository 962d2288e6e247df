import type { Theme } from '../case.js'
import type { Container } from '../container.js'
import { expect, expectClientError, expectStatus, isFields, isJson, parseJson } from '../expect.js'
import { Fault, NotRun } from '../fault.js'
import { isEntry } from '../pages.js'

const largestLimit = 50
/** No server has given these; one that counts stumbles over the last two. */
const badTokens = ['no-token-of-yours', '', '-1', '9'.repeat(30)]

/** Loads so many models besides those that are there. */
async function loadSome(container: Container, count: number): Promise<string[]> {
  const names: string[] = []
  for (let i = 0; i < count; i++) names.push(await container.loaded())
  return names
}

async function expectOnce(container: Container, names: readonly string[], query: Record<string, string>) {
  const listed = (await container.listAll(query)).map(({ name }) => name)
  for (const name of names) {
    const times = listed.filter(each => each === name).length
    if (times !== 1) throw new Fault('GET /models, page by page', 'each loaded model once', `${name} ${times} times`)
  }
}

/** What the list says of its pages' size is MMS's: `limit`. */
async function expectPages(container: Container): Promise<void> {
  const { entries } = await container.page('?limit=1')
  if (entries.length !== 1) throw new NotRun('the server has no pages of one model (limit=1)')
}

export const list: Theme = {
  name: 'List',
  cases: [
    {
      id: 'list-empty-at-first',
      title: 'Before any load, GET /models is 200 with an empty list.',
      level: 'must',
      why: 'The platform asks for the list at the start. A 404 there fails the deployment with "did not pass the ping health check".',
      source: 'mms-container-apis; pytorch/serve #397, #1028',
      needs: [],
      run: async container => {
        if (container.given.hasOthers) throw new NotRun('models were loaded before')
        expect(expectStatus(await container.list(), 200), 'JSON {"models": []}', reply => {
          const page = parseJson(reply)
          return isFields(page) && Array.isArray(page.models) && page.models.length === 0
        })
      },
    },
    {
      id: 'list-shows-loaded',
      title: 'A loaded model is in the list with modelName and modelUrl as they were sent.',
      level: 'must',
      why: 'The platform keeps its own list by these two fields; what is missing or spelled otherwise is a model that it does not know.',
      source: 'mms-container-apis',
      needs: ['model'],
      run: async container => {
        const name = await container.model()
        const reply = expectStatus(await container.list(), 200)
        const page = parseJson(reply)
        expect(reply, 'JSON {"models": [{"modelName": "...", "modelUrl": "..."}]}', () => {
          return isFields(page) && Array.isArray(page.models) && page.models.every(isEntry)
        })
        const found = (await container.listAll()).find(entry => entry.name === name)
        const { modelUrl: url } = container.given
        expect(reply, `{"modelName": "${name}", "modelUrl": "${url}"} in it`, () => found?.url === url)
      },
    },
    {
      id: 'list-each-once',
      title: 'The list, followed to its end by nextPageToken, has each loaded model once.',
      level: 'must',
      why: 'The platform sends each token back until none comes. A list without an end is never read; a model that is left out is lost.',
      source: 'mms-container-apis',
      needs: ['model'],
      run: async container => {
        await expectOnce(container, [await container.model(), ...(await loadSome(container, 2))], {})
      },
    },
    {
      id: 'list-pages-each-once',
      title: 'In pages of one model, the list has each model once and an end.',
      level: 'should',
      why: 'What goes wrong from the hundred and first model on goes wrong here with three.',
      source: 'awslabs/multi-model-server docs/management_api.md',
      needs: ['model'],
      run: async container => {
        const names = [await container.model(), ...(await loadSome(container, 2))]
        await expectPages(container)
        await expectOnce(container, names, { limit: '1' })
      },
    },
    {
      id: 'list-last-page-no-token',
      title: 'The page with the last model has no nextPageToken.',
      level: 'should',
      why: 'A missing token ends the list. A page that is full by chance and has one makes the reader ask for what is not there.',
      source: 'mms-container-apis; awslabs/multi-model-server docs/management_api.md',
      needs: ['model'],
      run: async container => {
        await loadSome(container, 1)
        await container.model()
        await expectPages(container)
        const { length } = await container.listAll()
        // Servers have a largest page, which may have a token.
        if (length > largestLimit) throw new NotRun(`there are more than ${largestLimit} models`)
        const reply = expectStatus(await container.list(`?limit=${length}`), 200)
        expect(reply, `${length} models and no nextPageToken`, () => {
          const page = parseJson(reply)
          return isFields(page) && page.nextPageToken === undefined
        })
      },
    },
    {
      id: 'list-limit-zero',
      title: 'A limit of 0 is refused, or the list comes to its end all the same.',
      level: 'should',
      why: 'Empty pages with a token for ever keep a reader busy for ever.',
      source: 'awslabs/multi-model-server docs/management_api.md',
      needs: ['model'],
      run: async container => {
        await container.model()
        const reply = await container.list('?limit=0')
        if (reply.status !== 200) expectClientError(reply)
        else await container.listAll({ limit: '0' })
      },
    },
    {
      id: 'list-bad-token',
      title: 'A next_page_token that is none is refused, or ignored; it is no failure of the server.',
      level: 'should',
      why: 'A server that restarts gets the tokens of its last life.',
      source: 'mms-container-apis',
      needs: [],
      run: async container => {
        for (const token of badTokens) {
          const reply = await container.list(`?next_page_token=${token}`)
          expect(reply, 'status 200, or one from 400 to 499', ({ status }) => {
            return status === 200 || (status >= 400 && status < 500)
          })
        }
      },
    },
    {
      id: 'get-loaded',
      title: 'GET /models/{name} of a loaded model is 200 with its modelName and modelUrl, in one object.',
      level: 'must',
      why: 'The platform asks so whether a model is there; a list of versions has neither field.',
      source: 'mms-container-apis; pytorch/serve docs/management_api.md',
      needs: ['model'],
      run: async container => {
        const name = await container.model()
        const { modelUrl } = container.given
        expect(
          expectStatus(await container.get(name), 200),
          `{"modelName": "${name}", "modelUrl": "${modelUrl}"}`,
          reply => {
            const model = parseJson(reply)
            return isFields(model) && model.modelName === name && model.modelUrl === modelUrl
          },
        )
      },
    },
    {
      id: 'get-absent-404',
      title: 'GET /models/{name} is 404 for a name that was never loaded.',
      level: 'must',
      why: 'By 404 the platform knows that it has to load the model.',
      source: 'mms-container-apis',
      needs: [],
      run: async container => {
        expectStatus(await container.get(container.newName()), 404)
      },
    },
    {
      id: 'answers-are-json',
      title: 'The list, and a model asked for, have a JSON content type.',
      level: 'should',
      why: 'The platform asks with Accept: application/json; clients parse by the type that is said.',
      source: 'mms-container-apis',
      needs: ['model'],
      run: async container => {
        for (const reply of [await container.list(), await container.get(await container.model())]) {
          const isSaid = 'a JSON body with Content-Type: application/json'
          expect(reply, isSaid, () => reply.status !== 200 || isJson(reply))
        }
      },
    },
  ],
}
