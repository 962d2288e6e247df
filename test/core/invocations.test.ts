import t from 'tap'
import { fail } from '../../core/errors.js'
import { folder } from '../helpers/artifacts.js'
import { fakeHost } from '../helpers/fake-host.js'
import { exchange } from '../helpers/raw-http.js'

const header = 'x-amzn-sagemaker-target-model'

t.test('in standalone mode the header names the model, and the path does as well', async t => {
  const { app } = await fakeHost(t, { store: await folder(t) })
  const byHeader = await app.inject({
    method: 'POST',
    url: '/invocations',
    headers: { [header]: 'dir/claims.tar.gz', 'x-request-id': 'r-7' },
    payload: 'a text',
  })
  t.equal(byHeader.statusCode, 200)
  t.equal(byHeader.body, 'dir/claims.tar.gz: a text')
  t.equal(byHeader.headers['x-request-id'], 'r-7')
  const byPath = await app.inject({ method: 'POST', url: '/models/dir%2Fclaims.tar.gz/invoke', payload: 'a text' })
  t.equal(byPath.body, 'dir/claims.tar.gz: a text')
})

t.test('a request that names no target, or a wrong one, is a 400 that says so', async t => {
  const { app } = await fakeHost(t, { store: await folder(t) })
  const none = await app.inject({ method: 'POST', url: '/invocations', payload: 'x' })
  t.equal(none.statusCode, 400)
  t.match(none.json(), { error: { code: 'TARGET_MISSING', message: /X-Amzn-SageMaker-Target-Model/ } })
  for (const target of ['', '../claims', '/claims', 'a//b', './a', 'a/%2e%2e/b', 'a%2fb', 'a\\b', 'x'.repeat(1025)]) {
    const wrong = await app.inject({ method: 'POST', url: '/invocations', headers: { [header]: target }, payload: 'x' })
    t.equal(wrong.statusCode, 400, target.slice(0, 20))
    t.match(wrong.json(), { error: { code: 'TARGET_INVALID' } })
  }
  for (const path of ['..%2Fclaims', '%2Fclaims', 'a%2F%2Fb', '.%2Fa', '%252e']) {
    const wrong = await app.inject({ method: 'POST', url: `/models/${path}/invoke`, payload: 'x' })
    t.match(wrong.json(), { error: { code: 'TARGET_INVALID' } }, path)
  }
})

t.test('the bytes of the target header are UTF-8, and there is one such header', async t => {
  const host = await fakeHost(t, { store: await folder(t) })
  const url = await host.listen()
  const post = (...fields: Buffer[]) => {
    const head = Buffer.from('POST /invocations HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 1\r\n')
    const lines = fields.flatMap(field => [Buffer.from(`${header}: `), field, Buffer.from('\r\n')])
    return exchange(url, Buffer.concat([head, ...lines, Buffer.from('\r\nx')]))
  }
  t.match(await post(Buffer.from('grüße/模型')), { status: 200, body: 'grüße/模型: x' })
  const latin = await post(Buffer.from('grüße', 'latin1'))
  t.equal(latin.status, 400)
  t.match(JSON.parse(latin.body), { error: { code: 'TARGET_INVALID', message: /UTF-8/ } })
  const marked = await post(Buffer.from('\uFEFFa'))
  t.equal(marked.status, 400, 'a byte order mark is no second spelling')
  t.match(JSON.parse(marked.body), { error: { code: 'TARGET_INVALID', message: /blank/ } })
  const twice = await post(Buffer.from('a'), Buffer.from('b'))
  t.equal(twice.status, 400)
  t.match(JSON.parse(twice.body), { error: { code: 'TARGET_INVALID', message: /more than one header/ } })
  t.match(await post(Buffer.from('a, b')), { status: 200, body: 'a, b: x' }, 'a comma alone is no second header')
})

t.test('a single host has one model, and takes no target', async t => {
  const { app } = await fakeHost(t, { single: await folder(t) })
  const answer = await app.inject({ method: 'POST', url: '/invocations', payload: 'x' })
  t.equal(answer.body, 'model: x')
  const wrong = await app.inject({ method: 'POST', url: '/invocations', headers: { [header]: 'a' }, payload: 'x' })
  t.equal(wrong.statusCode, 400)
  t.match(wrong.json(), { error: { code: 'TARGET_UNEXPECTED', message: /"a"/ } })
  const loaded = await app.inject({ method: 'POST', url: '/models', payload: { model_name: 'a', url: '/a' } })
  t.equal(loaded.statusCode, 405)
  t.equal(loaded.headers.allow, 'GET, HEAD')
  const unloaded = await app.inject({ method: 'DELETE', url: '/models/a' })
  t.equal(unloaded.statusCode, 405)
})

t.test('in platform mode only the path names a model', async t => {
  const { app } = await fakeHost(t)
  for (const url of ['/invocations', '/endpoints/e/invocations']) {
    const answer = await app.inject({ method: 'POST', url, headers: { [header]: 'a' }, payload: 'x' })
    t.equal(answer.statusCode, 404, url)
    t.match(answer.json(), { error: { code: 'ROUTE_UNKNOWN' } })
  }
  t.equal((await app.inject('/execution-parameters')).statusCode, 404)
  t.equal((await app.inject('/store')).statusCode, 404)
})

t.test('a batch transform job is told what it may send, 100 MB at once at most', async t => {
  const asked = async (flags: Record<string, unknown>) =>
    (await (await fakeHost(t, flags)).app.inject('/execution-parameters')).json()
  const single = await folder(t)
  t.same(await asked({ single, lanes: 4 }), {
    MaxConcurrentTransforms: 4,
    BatchStrategy: 'MULTI_RECORD',
    MaxPayloadInMB: 6,
  })
  t.match(await asked({ single, lanes: 32 }), { MaxConcurrentTransforms: 16, MaxPayloadInMB: 6 })
  t.match(await asked({ single, maxBodyBytes: '1GiB' }), { MaxConcurrentTransforms: 1, MaxPayloadInMB: 100 })
  t.match(await asked({ single, maxBodyBytes: 10 }), { MaxConcurrentTransforms: 2, MaxPayloadInMB: 1 })
})

t.test('answers tell the time of the prediction, and of the load where they waited for one', async t => {
  const late = fail('MODEL_NOT_READY', { model: 'late', waitedMs: 50 })
  const { app } = await fakeHost(
    t,
    { store: await folder(t) },
    {
      predict: name => {
        if (name === 'late') return { error: late, loadMs: 50.00049 }
        return name === 'cold' ? { text: 'ok', loadMs: 12.5 } : { text: 'ok' }
      },
    },
  )
  const timing = async (target: string) => {
    const answer = await app.inject({ method: 'POST', url: `/models/${target}/invoke`, payload: 'x' })
    return [answer.statusCode, answer.headers['server-timing'], answer.headers['retry-after']]
  }
  t.same(await timing('warm'), [200, 'predict;dur=2', undefined])
  t.same(await timing('cold'), [200, 'load;dur=12.5, predict;dur=2', undefined])
  t.same(await timing('late'), [429, 'load;dur=50', '1'])
})

t.test('POST and DELETE /models of a standalone host take targets', async t => {
  const calls: unknown[] = []
  const { app } = await fakeHost(
    t,
    { store: await folder(t) },
    {
      management: {
        async load(modelName, modelUrl) {
          calls.push(['load', modelName, modelUrl])
          return { modelName, modelUrl } as never
        },
        async unload(name) {
          calls.push(['unload', name])
        },
      },
    },
  )
  const load = (payload: object) => app.inject({ method: 'POST', url: '/models', payload })
  t.equal((await load({ model_name: 'a/b' })).statusCode, 200)
  t.equal((await load({ model_name: 'a/b', url: 'a/b' })).statusCode, 200)
  const other = await load({ model_name: 'a/b', url: '/opt/a/b' })
  t.equal(other.statusCode, 400)
  t.match(other.json(), { error: { code: 'BODY_MALFORMED', message: /not the same as model_name/ } })
  const escaped = await load({ model_name: '../b' })
  t.equal(escaped.statusCode, 400)
  t.match(escaped.json(), { error: { code: 'TARGET_INVALID' } })
  t.equal((await app.inject({ method: 'DELETE', url: '/models/a%2Fb' })).statusCode, 200)
  t.same(calls, [
    ['load', 'a/b', 'a/b'],
    ['load', 'a/b', 'a/b'],
    ['unload', 'a/b'],
  ])
})
