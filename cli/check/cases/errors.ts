import type { Theme } from '../case.js'
import { expect, expectStatus, isFields, isJson, parseJson } from '../expect.js'

const unknownPath = '/modelhost-check/no/such/path'

export const errors: Theme = {
  name: 'Errors',
  cases: [
    {
      id: 'path-unknown-404',
      title: 'An unknown path is 404.',
      level: 'should',
      why: 'Any other status says that there is something.',
      source: 'triton-inference-server/server src/sagemaker_server.cc, which says an empty 400',
      needs: [],
      run: async ({ wire }) => {
        expectStatus(await wire.send({ method: 'GET', path: unknownPath }), 404)
      },
    },
    {
      id: 'method-unknown-405',
      title: 'Another method than GET and POST on /models is 404 or 405.',
      level: 'should',
      why: 'Any other status says that something was done. A DELETE without a name must not be taken for all.',
      source: 'awslabs/multi-model-server http/ManagementRequestHandler, which says 405',
      needs: [],
      run: async ({ wire, given }) => {
        // Who takes it for all would unload what is not ours.
        const methods = given.hasOthers ? ['PATCH'] : ['PATCH', 'DELETE']
        for (const method of methods) expectStatus(await wire.send({ method, path: '/models' }), 404, 405)
      },
    },
    {
      id: 'errors-are-json',
      title: 'Each error has a JSON body that says what is wrong.',
      level: 'should',
      why: 'The body is what the caller gets to see inside a ModelError. Web pages and empty bodies help nobody, and SDKs stumble over them.',
      source: 'aws/sagemaker-tensorflow-serving-container #109',
      needs: [],
      run: async container => {
        const name = container.newName()
        const replies = [
          await container.get(name),
          await container.unload(name),
          await container.invoke(name, { body: '{}' }),
          await container.loadBody('{'),
          await container.wire.send({ method: 'GET', path: unknownPath }),
        ]
        const saysSo = 'a JSON object with Content-Type: application/json'
        for (const reply of replies) {
          expect(reply, saysSo, came => came.status < 400 || (isJson(came) && isFields(parseJson(came))))
        }
      },
    },
  ],
}
