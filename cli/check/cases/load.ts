import type { Theme } from '../case.js'
import type { Container } from '../container.js'
import { expect, expectClientError, expectRefusal, expectStatus } from '../expect.js'

const noPath = '/opt/ml/models/modelhost-check-there-is-no-such-folder/model'

/** JSON that is no request for a load -> what is wrong with it. */
const wrongLoads = {
  'no model_name': JSON.stringify({ url: noPath }),
  'no url': JSON.stringify({ model_name: 'modelhost-check-no-url' }),
  'a number as model_name': JSON.stringify({ model_name: 7, url: noPath }),
  'a list': '[]',
}

/** Of a load that failed nothing is left, on the first page at least. */
async function expectNothing(container: Container, name: string): Promise<void> {
  expectStatus(await container.get(name), 404)
  expect(await container.list(), `a list without ${name}`, ({ body }) => !body.includes(name))
}

export const load: Theme = {
  name: 'Load',
  cases: [
    {
      id: 'load-200',
      title: 'POST /models with a name and the path of a sound artifact is 200.',
      level: 'must',
      why: 'Any other status is a model that cannot be had.',
      source: 'mms-container-apis',
      needs: ['model'],
      run: async container => {
        expectStatus(await container.load(container.newName()), 200)
      },
    },
    {
      id: 'load-is-done',
      title: 'A load is done when it is answered: the model answers at once.',
      level: 'must',
      why: 'The platform sends the waiting request as soon as the load is answered; a model that is still being loaded then fails it.',
      source: 'mms-container-apis',
      needs: ['model', 'request'],
      run: async container => {
        for (let i = 0; i < 2; i++) expectStatus(await container.invoke(await container.loaded()), 200)
      },
    },
    {
      id: 'load-again-409',
      title: 'A load of a loaded name is 409, and the model stays.',
      level: 'must',
      why: 'By 409 the platform knows that another of its calls was faster. A second copy, or an error, costs the first.',
      source: 'mms-container-apis',
      needs: ['model'],
      run: async container => {
        const name = await container.loaded()
        expectStatus(await container.load(name), 409)
        expectStatus(await container.get(name), 200)
      },
    },
    {
      id: 'load-again-other-url-409',
      title: 'A load of a loaded name from another path is 409 too.',
      level: 'must',
      why: 'It is the name that is taken. A server that goes by the path replaces a model under calls that run.',
      source: 'mms-container-apis; triton-inference-server/server src/sagemaker_server.cc',
      needs: ['model', 'other'],
      run: async container => {
        const name = await container.loaded()
        expectStatus(await container.load(name, container.given.otherUrl), 409)
      },
    },
    {
      id: 'load-again-missing-path-409',
      title: 'A load of a loaded name is 409 whatever the path is, also where nothing is there.',
      level: 'should',
      why: 'A server that fetches the artifact before it looks at the name does the whole work of a load for nothing.',
      source: 'mms-container-apis; awslabs/multi-model-server wlm/ModelManager',
      needs: ['model'],
      run: async container => {
        const name = await container.model()
        expectStatus(await container.load(name, noPath), 409)
        expectStatus(await container.get(name), 200)
      },
    },
    {
      id: 'load-path-twice',
      title: 'One path may be loaded under two names.',
      level: 'should',
      why: '409 is for a name that is loaded. A server that goes by the path refuses a model that is not there.',
      source: 'mms-container-apis; triton-inference-server/server src/sagemaker_server.cc',
      needs: ['model'],
      run: async container => {
        await container.loaded()
        const reply = await container.load(container.newName())
        if (reply.status !== 507) expectStatus(reply, 200)
      },
    },
    {
      id: 'load-missing-path',
      title: 'A load of a path that is not there fails, not with 507, and leaves nothing.',
      level: 'must',
      why: '507 makes the platform unload other models, and try again for ever.',
      source: 'mms-container-apis',
      needs: [],
      run: async container => {
        const name = container.newName()
        expectRefusal(await container.load(name, noPath))
        await expectNothing(container, name)
      },
    },
    {
      id: 'load-missing-path-4xx',
      title: 'A load of a path that is not there is an error of the caller: 4xx.',
      level: 'should',
      why: 'A 5xx says that the server is unwell, and is worth another try; this is neither.',
      source: 'awslabs/multi-model-server and aws/sagemaker-inference-toolkit, which say 404',
      needs: [],
      run: async container => {
        expectClientError(await container.load(container.newName(), noPath))
      },
    },
    {
      id: 'load-broken',
      title: 'A load of a broken artifact fails, not with 507, and leaves the name free.',
      level: 'must',
      why: '507 for a broken file makes the platform unload all models that are well, one after the other.',
      source: 'mms-container-apis; triton-inference-server/server #4392',
      needs: ['model', 'broken'],
      run: async container => {
        const name = container.newName()
        expectRefusal(await container.load(name, container.given.brokenUrl))
        await expectNothing(container, name)
        expectStatus(await container.load(name), 200)
      },
    },
    {
      id: 'load-broken-4xx',
      title: 'A load of a broken artifact is 4xx: what was asked for is wrong.',
      level: 'should',
      why: 'A 5xx says that the server is unwell, and is worth another try; here the artifact is to be mended.',
      source: 'triton-inference-server/server src/sagemaker_server.cc, which says 400',
      needs: ['model', 'broken'],
      run: async container => {
        expectClientError(await container.load(container.newName(), container.given.brokenUrl))
      },
    },
    {
      id: 'load-malformed-json',
      title: 'A load whose body is no JSON is 4xx.',
      level: 'should',
      why: 'A 5xx hides who is wrong; a caller that is told tries no more.',
      source: 'awslabs/multi-model-server http/messages/RegisterModelRequest',
      needs: [],
      run: async container => {
        expectClientError(await container.loadBody('{"model_name": "a", "url": "/opt/ml/models/a/model",}'))
      },
    },
    {
      id: 'load-empty-body',
      title: 'A load with an empty body is 4xx.',
      level: 'should',
      why: 'An empty body that is read as nothing at all is a null pointer in some servers, and a 5xx that hides who is wrong.',
      source: 'awslabs/multi-model-server http/messages/RegisterModelRequest',
      needs: [],
      run: async container => {
        expectClientError(await container.loadBody(''))
      },
    },
    {
      id: 'load-wrong-fields',
      title: 'A load whose JSON has not the two fields, or other types in them, is 4xx.',
      level: 'should',
      why: 'A 5xx hides who is wrong.',
      source: 'aws/sagemaker-tensorflow-serving-container python_service.py',
      needs: [],
      run: async container => {
        for (const [wrong, body] of Object.entries(wrongLoads)) {
          const reply = await container.loadBody(body)
          expect(reply, `a status from 400 to 499 for ${wrong}`, ({ status }) => status >= 400 && status < 500)
        }
      },
    },
  ],
}
