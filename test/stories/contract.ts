import type { TestHost } from 'modelhost/testing'
import type { Test } from 'tap'
import type { Files } from '../helpers/artifacts.js'
import { exchange } from '../helpers/raw-http.js'

/** What the stories ask of a host, wherever it runs. */
export interface AskedHost extends Pick<TestHost, 'url' | 'load' | 'unload' | 'invoke'> {
  /** @returns the path of a folder with these files, as the host sees it; gone with the test */
  place(files: Files): Promise<string>
}

/** Starts a host that knows the probe plugin and is closed with the test. */
export type StartHost = (t: Test, settings?: { readonly maxBodyBytes?: number }) => Promise<AskedHost>

/** An artifact of the probe plugin: its params file alone. */
const probe = (host: AskedHost, params: Record<string, unknown> = {}) =>
  host.place({ 'Probe-params.json': JSON.stringify({ model_name: 'Probe', ...params }) })

/** What SageMaker, and whoever else calls the host, may rely on. */
export function tellContract(t: Test, startHost: StartHost): void {
  t.test('a model is loaded, listed, described, invoked and unloaded', async t => {
    const host = await startHost(t)
    const path = await probe(host, { greeting: 'hello ' })

    t.same(await (await fetch(`${host.url}/models`)).json(), { models: [] }, 'an empty list from the first second')
    const loaded = await host.load('greeter', path)
    t.equal(loaded.status, 200)
    const list = (await (await fetch(`${host.url}/models`)).json()) as { models: object[] }
    t.match(list.models, [{ modelName: 'greeter', modelUrl: path }])
    t.equal(list.models.length, 1)

    const described = await fetch(`${host.url}/models/greeter`)
    t.equal(described.status, 200)
    t.match(await described.json(), { modelName: 'greeter', modelUrl: path, plugin: 'Probe', lanes: 1, bytes: Number })

    const answer = await host.invoke('greeter', { text: 'world' })
    t.equal(answer.status, 200)
    t.equal(answer.headers.get('content-type'), 'application/json')
    t.match(await answer.json(), { text: 'hello world' })

    t.equal((await host.unload('greeter')).status, 200)
    t.equal((await host.unload('greeter')).status, 404)
    t.equal((await host.invoke('greeter', { text: 'world' })).status, 404)
    t.equal((await fetch(`${host.url}/models/greeter`)).status, 404)
    t.same(await (await fetch(`${host.url}/models`)).json(), { models: [] })
  })

  t.test('a second load of a loaded name is 409, and the model goes on answering', async t => {
    const host = await startHost(t)
    const path = await probe(host)
    await host.load('twice', path)
    const again = await host.load('twice', path)
    t.equal(again.status, 409)
    t.match(await again.json(), { error: { code: 'MODEL_ALREADY_LOADED', message: /"twice"/ } })
    t.equal((await host.invoke('twice', 'still here')).status, 200)
  })

  t.test('the list comes in pages whose tokens end with the last model', async t => {
    const host = await startHost(t)
    const path = await probe(host)
    for (let i = 0; i < 6; i++) await host.load(`model ${i}`, path)
    const names: string[] = []
    let pages = 0
    let token: string | undefined
    do {
      const query = new URLSearchParams({ limit: '3', ...(token ? { next_page_token: token } : {}) })
      const page = (await (await fetch(`${host.url}/models?${query}`)).json()) as {
        models: { modelName: string }[]
        nextPageToken?: string
      }
      names.push(...page.models.map(({ modelName }) => modelName))
      token = page.nextPageToken
      pages++
    } while (token)
    t.equal(pages, 2, 'no empty third page')
    t.same(names, ['model 0', 'model 1', 'model 2', 'model 3', 'model 4', 'model 5'])
    for (const query of [
      'limit=0',
      'limit=1001',
      'limit=x',
      'limit=1&limit=2',
      'next_page_token=7',
      'next_page_token=%00',
    ]) {
      const bad = await fetch(`${host.url}/models?${query}`)
      t.equal(bad.status, 400, query)
      t.match(await bad.json(), { error: { code: 'QUERY_INVALID' } })
    }
  })

  t.test('names of any alphabet are one model each', async t => {
    const host = await startHost(t)
    const names = [
      'ä ö',
      'a/b',
      'a%2Fb',
      '100%',
      '模型',
      '🙂',
      'x?y#z',
      "it's",
      'a;b',
      '%',
      '%%25',
      '..',
      'a\\b',
      '+',
      'n'.repeat(4000),
    ]
    for (const name of names) {
      t.equal((await host.load(name, await probe(host, { greeting: `<${name}> ` }))).status, 200, name)
    }
    for (const name of names) {
      // fetch would resolve a path of "..", so this goes over a bare socket.
      const answer = await exchange(
        host.url,
        `POST /models/${encodeURIComponent(name)}/invoke HTTP/1.1`,
        { 'content-type': 'text/plain' },
        '!',
      )
      t.equal(answer.status, 200, name)
      t.match(JSON.parse(answer.body), { text: `<${name}> !` })
    }
    const list = (await (await fetch(`${host.url}/models`)).json()) as { models: { modelName: string }[] }
    t.same(
      list.models.map(({ modelName }) => modelName),
      names,
    )
  })

  t.test('a load that is not a load request is 400, never 500', async t => {
    const host = await startHost(t)
    const bodies: [string, string, RegExp][] = [
      ['empty', '', /empty/],
      ['no JSON', '{"model_name": "a",}', /not valid JSON/],
      ['null', 'null', /not a JSON object/],
      ['far too long', ' '.repeat(70_000), /larger than 65536 bytes/],
      ['a list', '[]', /not a JSON object/],
      ['wrong keys', '{"name": "a", "uri": "/x"}', /model_name/],
      ['a number as name', '{"model_name": 1, "url": "/x"}', /model_name/],
      ['an empty name', '{"model_name": "", "url": "/x"}', /model_name/],
      ['half a surrogate pair', '{"model_name": "\\ud800", "url": "/x"}', /Unicode/],
      ['no url', '{"model_name": "a"}', /url/],
      ['a list as url', '{"model_name": "a", "url": ["/x"]}', /url/],
      ['a relative path', '{"model_name": "a", "url": "models/a"}', /absolute/],
      ['a device', '{"model_name": "a", "url": "/dev/zero"}', /no place/],
      ['a device, roundabout', '{"model_name": "a", "url": "/tmp/../proc/self"}', /no place/],
      ['a zero byte', '{"model_name": "a", "url": "/tmp/\\u0000"}', /zero byte/],
    ]
    for (const [what, body, message] of bodies) {
      const answer = await fetch(`${host.url}/models`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json' },
      })
      t.equal(answer.status, 400, what)
      t.match(await answer.json(), { error: { code: String, message } }, what)
    }
  })

  t.test('a broken artifact is a 4xx that names it, and leaves nothing', async t => {
    const host = await startHost(t)
    const cases: [string, string, number, string][] = [
      ['missing folder', '/no/such/folder', 404, 'ARTIFACT_NOT_FOUND'],
      ['a file', `${await probe(host)}/Probe-params.json`, 404, 'ARTIFACT_NOT_FOUND'],
      ['no params file', await host.place({ 'Probe-model': '' }), 422, 'PARAMS_NOT_FOUND'],
      ['two params files', await host.place({ 'A-params.json': '{}', 'B-params.json': '{}' }), 422, 'PARAMS_AMBIGUOUS'],
      ['unknown plugin', await host.place({ 'A-params.json': '{"model_name": "Nobody"}' }), 422, 'PLUGIN_UNKNOWN'],
      ['params of the wrong type', await probe(host, { greeting: 7 }), 422, 'PARAMS_INVALID'],
      ['unknown params', await probe(host, { greting: 'x' }), 422, 'PARAMS_INVALID'],
      ['a plugin that throws in load', await probe(host, { on_load: 'throw' }), 422, 'LOAD_FAILED'],
      ['a plugin that refuses', await probe(host, { on_load: 'refuse' }), 422, 'ARTIFACT_INVALID'],
    ]
    for (const [what, path, status, code] of cases) {
      const answer = await host.load('broken', path)
      t.equal(answer.status, status, what)
      t.match(await answer.json(), { error: { code, message: String } }, what)
    }
    t.same(await (await fetch(`${host.url}/models`)).json(), { models: [] })
  })

  t.test('every answer is our JSON: unknown paths, methods, types, sizes and broken HTTP', async t => {
    const host = await startHost(t, { maxBodyBytes: 1000 })
    await host.load('m', await probe(host))

    const unknown = await fetch(`${host.url}/nowhere`)
    t.equal(unknown.status, 404)
    t.match(await unknown.json(), { error: { code: 'ROUTE_UNKNOWN' } })
    for (const [method, path, allow] of [
      ['PUT', '/models', 'GET, HEAD, POST'],
      ['GET', '/models/m/invoke', 'POST'],
      ['PATCH', '/models/m', 'DELETE, GET, HEAD'],
      ['PROPFIND', '/models/m', 'DELETE, GET, HEAD'],
      ['POST', '/ping', 'GET, HEAD'],
    ] as const) {
      const answer = await exchange(host.url, `${method} ${path} HTTP/1.1`, {}, '')
      t.equal(answer.status, 405, `${method} ${path}`)
      t.equal(answer.headers['allow'], allow)
      t.match(JSON.parse(answer.body), { error: { code: 'METHOD_NOT_ALLOWED' } })
    }
    const large = await host.invoke('m', 'x'.repeat(1001))
    t.equal(large.status, 413)
    t.match(await large.json(), { error: { code: 'BODY_TOO_LARGE', message: /1000 bytes/ } })
    t.equal((await host.invoke('m', 'x'.repeat(1000))).status, 200)

    for (const type of ['image/png', 'nonsense', ';;;', 'text/plain; charset=nobody']) {
      const answer = await host.invoke('m', 'x', { 'content-type': type })
      t.equal(answer.status, 415, type)
      t.match(await answer.json(), { error: { code: 'MEDIA_TYPE_UNSUPPORTED' } })
    }
    for (const [line, status] of [
      ['GET /models/%zz HTTP/1.1', 400],
      ['POST /models/%ff/invoke HTTP/1.1', 400],
      ['FOO /models HTTP/1.1', 400],
      ['GET /models HTTP/9.9', 400],
    ] as const) {
      const answer = await exchange(host.url, line, {}, '')
      t.equal(answer.status, status, line)
      t.match(JSON.parse(answer.body), { error: { code: 'REQUEST_MALFORMED' } })
    }
    const nameless = await exchange(host.url, 'GET /ping HTTP/1.1\r\nconnection: close\r\n\r\n')
    t.equal(nameless.status, 400, 'without a Host')
    t.match(JSON.parse(nameless.body), { error: { code: 'REQUEST_MALFORMED', message: /Host/ } })
    const old = await exchange(host.url, 'GET /ping HTTP/1.0\r\n\r\n')
    t.equal(old.status, 200, 'HTTP/1.0 has none')
    const expecting = await exchange(host.url, 'GET /ping HTTP/1.1', { expect: 'the unexpected' })
    t.equal(expecting.status, 200)
    const headers = await exchange(host.url, 'GET /ping HTTP/1.1', { 'x-long': 'x'.repeat(40_000) }, '')
    t.equal(headers.status, 431)
    t.match(JSON.parse(headers.body), { error: { code: 'HEADERS_TOO_LARGE' } })
  })

  t.test('the path alone chooses the model', async t => {
    const host = await startHost(t)
    await host.load('mine', await probe(host, { greeting: 'mine ' }))
    await host.load('yours', await probe(host, { greeting: 'yours ' }))
    const answer = await host.invoke('mine', 'x', { 'x-amzn-sagemaker-target-model': 'yours' })
    t.match(await answer.json(), { text: 'mine x' })
  })

  t.test('custom attributes go in and come back, and so does the request id', async t => {
    const host = await startHost(t)
    await host.load('m', await probe(host))
    const header = 'x-amzn-sagemaker-custom-attributes'
    const same = await host.invoke('m', 'x', { [header]: 'trace=7', 'x-request-id': 'r-1' })
    t.equal(same.headers.get(header), 'trace=7')
    t.equal(same.headers.get('x-request-id'), 'r-1')
    const changed = await host.invoke('m', { text: 'by the plugin', action: 'attributes' }, { [header]: 'trace=7' })
    t.equal(changed.headers.get(header), 'by the plugin')
    const unsafe = await host.invoke('m', { text: 'ä\n', action: 'attributes' })
    t.equal(unsafe.status, 200)
    t.equal(unsafe.headers.get(header), null)
  })

  t.test('pipelined requests are answered in order', async t => {
    const host = await startHost(t)
    await host.load('m', await probe(host))
    const one = (text: string) =>
      `POST /models/m/invoke HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: ${text.length}\r\n\r\n${text}`
    const last = 'GET /ping HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'
    const answer = await exchange(host.url, [...Array(20).keys()].map(i => one(`n${i}`)).join('') + last)
    const order = [...answer.body.matchAll(/"text":"n(\d+)"/g)].map(([, i]) => Number(i))
    t.same(order, [...Array(20).keys()])
  })
}
