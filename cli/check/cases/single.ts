import type { Theme } from '../case.js'
import { expectAnswer } from '../container.js'
import { expect, expectStatus, isFields, parseJson } from '../expect.js'

export const single: Theme = {
  name: 'One model',
  cases: [
    {
      id: 'invocations-200',
      title: 'POST /invocations with a sound request is 200.',
      level: 'must',
      why: 'Any other status reaches the caller as a ModelError.',
      source: 'your-algorithms-inference-code',
      needs: ['request'],
      run: async container => {
        expectStatus(await container.invokeSingle(), 200)
      },
    },
    {
      id: 'invocations-together',
      title: 'Calls at the same time are all 200, with the same answer.',
      level: 'should',
      why: 'A server that takes one call after the other cannot be shared.',
      source: 'aws/amazon-sagemaker-examples #1303',
      needs: ['request'],
      run: async container => {
        const right = expectStatus(await container.invokeSingle(), 200)
        const replies = await Promise.all(Array.from({ length: 8 }, () => container.invokeSingle()))
        for (const reply of replies) expectAnswer(reply, right)
      },
    },
    {
      id: 'invocations-headers',
      title: 'Unknown headers and long custom attributes change nothing.',
      level: 'must',
      why: 'The platform adds headers of its own; unknown ones are to be ignored.',
      source: 'your-algorithms-inference-code',
      needs: ['request'],
      run: async container => {
        const headers = {
          'X-Amzn-SageMaker-Custom-Attributes': 'trace=1,'.repeat(128),
          'X-Amzn-Something-New': 'yes',
        }
        expectStatus(await container.invokeSingle({ headers }), 200)
      },
    },
    {
      id: 'invocations-broken-body',
      title: 'A broken body is answered with a status below 500, and the next request with 200.',
      level: 'should',
      why: 'A 5xx says that the server is unwell; SDKs repeat it, and alarms go off.',
      source: 'aws/sagemaker-inference-toolkit, client errors',
      needs: ['request'],
      run: async container => {
        for (const body of ['', Uint8Array.of(0xff, 0xfe, 0xc0, 0x80), '{"a": [']) {
          expect(await container.invokeSingle({ body }), 'a status below 500', ({ status }) => status < 500)
        }
        expectStatus(await container.invokeSingle(), 200)
      },
    },
    {
      id: 'invocations-only-post',
      title: 'GET /invocations is 404 or 405.',
      level: 'should',
      why: 'What a health check calls by GET must not run a model.',
      source: 'your-algorithms-inference-code',
      needs: [],
      run: async container => {
        expectStatus(await container.invokeSingle({ method: 'GET', body: '' }), 404, 405)
      },
    },
    {
      id: 'execution-parameters',
      title: 'GET /execution-parameters is 404, or 200 with MaxConcurrentTransforms, BatchStrategy and MaxPayloadInMB.',
      level: 'must',
      why: 'A batch transform job takes its settings from there; concurrency times payload above 100 MB is refused.',
      source: 'your-algorithms-batch-code',
      needs: [],
      run: async ({ wire }) => {
        const reply = expectStatus(await wire.send({ method: 'GET', path: '/execution-parameters' }), 200, 404)
        if (reply.status === 404) return
        const said =
          'MaxConcurrentTransforms and MaxPayloadInMB, 100 MB in all at most, and MULTI_RECORD or SINGLE_RECORD'
        expect(reply, said, () => {
          const fields = parseJson(reply)
          if (!isFields(fields)) return false
          const { MaxConcurrentTransforms: count, MaxPayloadInMB: size, BatchStrategy: strategy } = fields
          const isCount = (value: unknown) => Number.isInteger(value) && (value as number) >= 1
          const isStrategy = strategy === 'MULTI_RECORD' || strategy === 'SINGLE_RECORD'
          return isCount(count) && isCount(size) && (count as number) * (size as number) <= 100 && isStrategy
        })
      },
    },
  ],
}
