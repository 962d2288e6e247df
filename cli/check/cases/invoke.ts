import { isUtf8 } from 'node:buffer'
import type { Theme } from '../case.js'
import { expectAnswer, targetHeader } from '../container.js'
import { expect, expectStatus, isSameAnswer } from '../expect.js'
import type { Reply } from '../wire.js'

/** The least that a body of InvokeEndpoint may have at most. */
const largestBytes = 6_291_456
/** @see InvokeEndpoint, CustomAttributes */
const longestAttributes = 1024

const brokenBodies: readonly (string | Uint8Array)[] = [
  '',
  Uint8Array.from({ length: 256 }, (_, i) => i),
  '{"a": [1, 2',
  Uint8Array.of(0xff, 0xfe, 0xc0, 0x80),
]

const isNoFailure = ({ status }: Reply) => status < 500

export const invoke: Theme = {
  name: 'Invoke',
  cases: [
    {
      id: 'invoke-200',
      title: 'POST /models/{name}/invoke with a sound request is 200.',
      level: 'must',
      why: 'Any other status reaches the caller as a ModelError.',
      source: 'mms-container-apis',
      needs: ['model', 'request'],
      run: async container => {
        expectStatus(await container.invoke(await container.model()), 200)
      },
    },
    {
      id: 'invoke-same-answer',
      title: 'The same request has the same answer.',
      level: 'should',
      why: 'Several instances hold copies of a model, and a caller may meet any. (Models that draw by chance fail here, and are right.)',
      source: 'multi-model-endpoints',
      needs: ['model', 'request'],
      run: async container => {
        const name = await container.model()
        const first = await container.invoke(name)
        for (let i = 0; i < 3; i++) expectAnswer(await container.invoke(name), first)
      },
    },
    {
      id: 'invoke-absent-404',
      title: 'An invoke of a name that is not loaded is 404.',
      level: 'must',
      why: 'By 404 the platform knows that it has to load the model.',
      source: 'mms-container-apis',
      needs: [],
      run: async container => {
        expectStatus(await container.invoke(container.newName(), { body: '{}' }), 404)
      },
    },
    {
      id: 'invoke-path-chooses',
      title: 'The path alone chooses the model, whatever model X-Amzn-SageMaker-Target-Model names.',
      level: 'must',
      why: 'The header is for logs. A server that goes by it lets who may call one model run another, of another tenant.',
      source: 'triton-inference-server/server #6303, #8923',
      needs: ['model', 'request'],
      run: async container => {
        // As the platform says it at the load.
        const [mine, others] = [container.newName(), container.newName()]
        const name = await container.loaded(container.given.modelUrl, { [targetHeader]: `${mine}.tar.gz` })
        const second = container.given.otherUrl ?? container.given.modelUrl
        const other = await container.loaded(second, { [targetHeader]: `${others}.tar.gz` })
        const right = await container.invoke(name)
        const wrong = await container.invoke(other)
        const said = 'an answer of the model in the path, or an error'
        for (const target of [`${others}.tar.gz`, other]) {
          const headers = { [targetHeader]: target }
          const reply = await container.invoke(name, { headers })
          if (isSameAnswer(right, wrong)) expect(reply, said, ({ status }) => status < 500)
          else expect(reply, said, came => !isSameAnswer(came, wrong))
          // What is not loaded is not there, whatever the header names.
          expectStatus(await container.invoke(container.newName(), { headers }), 404)
        }
      },
    },
    {
      id: 'invoke-headers',
      title: 'Headers change nothing: the target as the client wrote it, long custom attributes, and unknown ones.',
      level: 'must',
      why: 'The platform adds headers of its own; unknown ones are to be ignored.',
      source: 'your-algorithms-inference-code',
      needs: ['model', 'request'],
      run: async container => {
        const name = await container.model()
        const headers = {
          [targetHeader]: 'some/folder/model-1.tar.gz',
          'X-Amzn-SageMaker-Custom-Attributes': 'trace=1,'.repeat(longestAttributes / 8),
          'X-Amzn-SageMaker-Inference-Id': 'check-1',
          'X-Amzn-Something-New': 'yes',
          'X-Forwarded-For': '203.0.113.7',
        }
        const right = await container.rightAnswer(name)
        expectAnswer(await container.invoke(name, { headers }), right)
      },
    },
    {
      id: 'invoke-content-type',
      title: 'An answer says its content type, which is that of Accept where a request has one.',
      level: 'should',
      why: 'The type is passed on to the caller, whose client reads the body by it.',
      source: 'mms-container-apis; InvokeEndpoint, Accept',
      needs: ['model', 'request'],
      run: async container => {
        const reply = expectStatus(await container.invoke(await container.model()), 200)
        const { accept } = container.given.request!
        const typeOf = (text = '') => text.split(';', 1)[0]!.trim().toLowerCase()
        const type = typeOf(reply.headers['content-type'])
        const isSo = accept === undefined ? type !== '' : type === typeOf(accept)
        expect(
          reply,
          `Content-Type${accept === undefined ? '' : `: ${accept}`}`,
          ({ body }) => body.length === 0 || isSo,
        )
      },
    },
    {
      id: 'invoke-type-spelled',
      title: 'The content type of a request is read in any case, its header too, and with a charset.',
      level: 'should',
      why: 'Clients and proxies write it as they like. A server that compares it as it stands refuses what it could read.',
      source: 'RFC 9110, 5.1 and 8.3; aws/sagemaker-inference-toolkit src/sagemaker_inference/decoder.py',
      needs: ['model', 'request'],
      run: async container => {
        const name = await container.model()
        const { type, body } = container.given.request!
        const right = await container.rightAnswer(name)
        // What stands behind a semicolon may be one of two cases.
        const loud = type.replace(/^[^;]*/, start => start.toUpperCase())
        const isText = /^(text\/[\w.+-]+|application\/([\w.-]+\+)?json)$/i.test(type) && isUtf8(body)
        const spelled = [
          { 'content-type': type },
          { 'Content-Type': loud },
          ...(isText ? [{ 'Content-Type': `${type}; charset=utf-8` }] : []),
        ]
        for (const headers of spelled) expectAnswer(await container.invoke(name, { headers }), right)
      },
    },
    {
      id: 'invoke-any-accept',
      title: 'Accept: */* is as good as none.',
      level: 'should',
      why: 'It is what clients send that say nothing.',
      source: 'aws/sagemaker-inference-toolkit, its default accept',
      needs: ['model', 'request'],
      run: async container => {
        expectStatus(await container.invoke(await container.model(), { headers: { Accept: '*/*' } }), 200)
      },
    },
    {
      id: 'invoke-broken-body',
      title: 'An empty, binary or broken body is answered, not with 507, and the model answers the next request.',
      level: 'must',
      why: '507 makes the platform unload other models. One bad request must not cost the model.',
      source: 'mms-container-apis; pytorch/serve #1815, #2357',
      needs: ['model', 'request'],
      run: async container => {
        const name = await container.model()
        for (const body of brokenBodies) {
          expect(await container.invoke(name, { body }), 'an answer other than 507', ({ status }) => status !== 507)
          expectStatus(await container.invoke(name), 200)
        }
      },
    },
    {
      id: 'invoke-broken-body-4xx',
      title: 'An empty, binary or broken body is an error of the caller, where it is one at all.',
      level: 'should',
      why: 'A 5xx says that the server is unwell; SDKs repeat it, and alarms go off.',
      source: 'aws/sagemaker-inference-toolkit, client errors',
      needs: ['model', 'request'],
      run: async container => {
        const name = await container.model()
        for (const body of brokenBodies) {
          expect(await container.invoke(name, { body }), 'a status below 500', isNoFailure)
        }
      },
    },
    {
      id: 'invoke-large-body',
      title: 'A body of 6,291,456 bytes is taken whole.',
      level: 'must',
      why: 'So much may a caller send. What the container takes less is a 413 that nobody expects.',
      source: 'InvokeEndpoint, Body',
      needs: ['model'],
      run: async container => {
        const { given, asks } = container
        const start = Buffer.from(given.request?.body ?? '{}')
        const isJsonType = /json\b/i.test(given.request?.type ?? '')
        // Blanks behind JSON are nothing; other types may make anything of them.
        const body = Buffer.concat([start, Buffer.alloc(Math.max(0, largestBytes - start.length), ' ')])
        const reply = await container.invoke(await container.model(), { body })
        if (isJsonType && asks) expectStatus(reply, 200)
        else expect(reply, 'an answer other than 413', ({ status }) => status !== 413)
      },
    },
    {
      id: 'invoke-chunked',
      title: 'A body in chunks, without a length, is as good as one with it.',
      level: 'should',
      why: 'HTTP/1.1 asks for it (RFC 9112, 7.1), and proxies send it.',
      source: 'triton-inference-server/server qa/L0_sagemaker',
      needs: ['model', 'request'],
      run: async container => {
        const name = await container.model()
        const right = await container.rightAnswer(name)
        expectAnswer(await container.invoke(name, { chunks: 5 }), right)
      },
    },
    {
      id: 'invoke-only-post',
      title: 'An invoke by another method than POST is 404 or 405.',
      level: 'should',
      why: 'What a crawler or a health check calls by GET must not run a model.',
      source: 'awslabs/multi-model-server http/InferenceRequestHandler',
      needs: ['model'],
      run: async container => {
        const name = await container.model()
        for (const method of ['GET', 'PUT', 'DELETE']) {
          expectStatus(await container.invoke(name, { method }), 404, 405)
        }
      },
    },
  ],
}
