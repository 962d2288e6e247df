import { exchange, type RawAnswer } from './raw-http.js'

/** A request as it goes over a socket. */
export interface ApiCall {
  readonly method: string
  /** As the description has it, with a name in place of its braces. */
  readonly path: string
  /** The path in the description. */
  readonly route: string
  readonly headers: Record<string, string>
  readonly body: string
}

interface CallOptions {
  readonly route?: string
  readonly type?: string
  readonly headers?: Record<string, string>
}

function call(line: string, body = '', { route, type, headers = {} }: CallOptions = {}): ApiCall {
  const [method = '', path = ''] = line.split(' ')
  const plain = path.split('?')[0]!
  const typed = type === undefined ? headers : { 'content-type': type, ...headers }
  // Named, so that answers of two hosts are the same.
  return { method, path, route: route ?? plain, headers: { 'x-request-id': 'r-17', ...typed }, body }
}

const json = 'application/json'
const invoke = { route: '/models/{name}/invoke' }
const one = { route: '/models/{name}' }
const target = (name: string) => ({ 'x-amzn-sagemaker-target-model': name })
const endpoint = { route: '/endpoints/{endpoint}/invocations' }
const pair = '{"text1": "impfung", "text2": "ärzte"}'
const rows = `{"data": [[0, "impfung", "ärzte"], [1, "masken", null], [2, "impfung", 7]]}`

/** What every host answers, whatever its mode. @param name  of a DocSim model that it has */
export const commonCalls = (name: string): ApiCall[] => [
  call('GET /ping'),
  call('HEAD /ping'),
  call('GET /health/live'),
  call('GET /health/ready'),
  call('GET /models'),
  call('GET /models?limit=0'),
  call('GET /models?next_page_token=x'),
  call(`GET /models/${name}`, '', one),
  call('GET /models/nobody', '', one),
  call('GET /models/%', '', one),
  call(`POST /models/${name}/invoke`, pair, { ...invoke, type: json }),
  call(`POST /models/${name}/invoke`, `{"instances": [${pair}, {"text1": 1}]}`, { ...invoke, type: json }),
  call(`POST /models/${name}/invoke`, '{"text1": "impfung"}', { ...invoke, type: json }),
  call(`POST /models/${name}/invoke`, '{"text1"', { ...invoke, type: json }),
  call(`POST /models/${name}/invoke`, 'impfung,ärzte\nmasken\n', { ...invoke, type: 'text/csv' }),
  call(`POST /models/${name}/invoke`, 'a,b\n', { ...invoke, type: 'text/csv', headers: { accept: 'text/csv' } }),
  call(`POST /models/${name}/invoke`, `${pair}\n`, { ...invoke, type: 'application/jsonlines' }),
  call(`POST /models/${name}/invoke`, rows, { ...invoke, type: 'application/vnd.modelhost.rows+json' }),
  call(`POST /models/${name}/invoke`, 'x', { ...invoke, type: 'image/png' }),
  call(`POST /models/${name}/invoke`, 'a,b\n', { ...invoke, type: 'text/csv', headers: { accept: 'image/png' } }),
  call('POST /models/nobody/invoke', pair, { ...invoke, type: json }),
  call(`POST /snowflake/${name}`, rows, { route: '/snowflake/{name}', type: json }),
  call('POST /snowflake/nobody', rows, { route: '/snowflake/{name}', type: json }),
  call('POST /snowflake', `{"data": [[0, "${name}", "impfung", "ärzte"], [1, "nobody", "a"]]}`, { type: json }),
  call('POST /snowflake', '{"data": 1}', { type: json }),
  call('POST /snowflake', rows, { type: 'text/csv' }),
]

/** @param folder  of an artifact that can be loaded, and is not */
export const platformCalls = (folder: string): ApiCall[] => [
  call('POST /models', `{"model_name": "b", "url": "${folder}"}`, { type: json }),
  call('POST /models', `{"model_name": "b", "url": "${folder}"}`, { type: 'text/plain' }),
  call('POST /models', '{"model_name": "c", "url": "relative"}', { type: json }),
  call('POST /models', '{"model_name": "c", "url": "/nowhere"}', { type: json }),
  call('POST /models', '{}', { type: json }),
  call('POST /models', '', {}),
  call('DELETE /models/b', '', one),
  call('DELETE /models/b', '', one),
]

/** @param name  of a DocSim model in the store; there is none called `broken` that is sound */
export const storeCalls = (name: string): ApiCall[] => [
  call('GET /store'),
  call('GET /store?limit=x'),
  call('GET /execution-parameters'),
  call('POST /invocations', pair, { type: json, headers: target(name) }),
  call('POST /invocations', pair, { type: json }),
  call('POST /invocations', pair, { type: json, headers: target('../x') }),
  call('POST /invocations', pair, { type: json, headers: target('nobody') }),
  call('POST /invocations', pair, { type: json, headers: target('broken') }),
  call('POST /endpoints/x/invocations', pair, { ...endpoint, type: json, headers: target(name) }),
  call('POST /endpoints/x/invocations', pair, { ...endpoint, type: json }),
  call('POST /endpoints/x/invocations', '{"text1": 1}', { ...endpoint, type: json, headers: target(name) }),
  call('POST /endpoints/x/invocations', pair, { ...endpoint, type: json, headers: target('broken') }),
  call('POST /endpoints/-/invocations', pair, { ...endpoint, type: json }),
  call('POST /endpoints/x/async-invocations', '', { route: '/endpoints/{endpoint}/async-invocations' }),
  call('POST /models', `{"model_name": "${name}"}`, { type: json }),
  call('GET /snowflake/x', '', {
    route: '/snowflake/{name}',
    headers: { 'sf-external-function-query-batch-id': 'b:1' },
  }),
  call('GET /snowflake', '', { headers: { 'sf-external-function-query-batch-id': 'b:1' } }),
  call('GET /snowflake', '', {}),
]

export const send = (url: string, { method, path, headers, body }: ApiCall): Promise<RawAnswer> =>
  exchange(url, `${method} ${path} HTTP/1.1`, headers, body)
