import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from 'modelhost'
import t from 'tap'
import { readCatalog } from '../../core/catalog.js'
import { folder, pluginPath } from '../helpers/artifacts.js'
import { fakeHost } from '../helpers/fake-host.js'
import { silentLog } from '../helpers/silent-log.js'

const token = '0123456789abcdef'
const authorization = `Bearer ${token}`

t.test('every route asks for a token but predictions and health: plugins’ own and unknown ones, too', async t => {
  const home = await folder(t, { tokens: `# who may load models\n\n${token}\nanother-token-of-length\n` })
  const catalog = await readCatalog([pluginPath('whole-door')])
  const { app } = await fakeHost(t, { store: home, tokenFile: join(home, 'tokens') }, { catalog })
  const guarded = [
    ['GET', '/models'],
    ['POST', '/models'],
    ['GET', '/models/m'],
    ['DELETE', '/models/m'],
    ['GET', '/door'],
    ['POST', '/door'],
    ['GET', '/nowhere'],
    ['PUT', '/ping'],
    ['GET', '/models/m/invoke'],
  ] as const
  for (const [method, url] of guarded) {
    for (const wrong of [undefined, 'Bearer', 'Bearer ', 'Bearer x', `Basic ${token}`, token, `${authorization}0`]) {
      const headers = wrong === undefined ? {} : { authorization: wrong }
      const answer = await app.inject({ method, url, headers })
      t.equal(answer.statusCode, 401, `${method} ${url} ${wrong}`)
      t.equal(answer.headers['www-authenticate'], 'Bearer')
      t.match(answer.json(), { error: { code: 'UNAUTHORIZED' } })
    }
    t.not((await app.inject({ method, url, headers: { authorization } })).statusCode, 401, `${method} ${url}`)
  }
  for (const said of ['bearer 0123456789abcdef', 'BEARER another-token-of-length'])
    t.equal((await app.inject({ url: '/models', headers: { authorization: said } })).statusCode, 200, said)
  for (const url of ['/ping', '/health/live', '/health/ready', '/execution-parameters'])
    t.equal((await app.inject(url)).statusCode, 200, url)
  t.equal((await app.inject({ method: 'POST', url: '/models/m/invoke', payload: 'x' })).statusCode, 200)
})

t.test('predictions ask for a token where they are guarded, and the runtime URL says it as the service', async t => {
  const home = await folder(t, { tokens: token })
  const { app } = await fakeHost(t, { store: home, tokenFile: join(home, 'tokens'), guardInvoke: true })
  const target = { 'x-amzn-sagemaker-target-model': 'a' }
  for (const url of ['/models/a/invoke', '/invocations']) {
    const none = await app.inject({ method: 'POST', url, headers: target, payload: 'x' })
    t.equal(none.statusCode, 401, url)
    const known = await app.inject({ method: 'POST', url, headers: { ...target, authorization }, payload: 'x' })
    t.equal(known.statusCode, 200, url)
  }
  const denied = await app.inject({ method: 'POST', url: '/endpoints/e/invocations', headers: target, payload: 'x' })
  t.equal(denied.statusCode, 403)
  t.equal(denied.headers['x-amzn-errortype'], 'AccessDeniedException')
  t.match(denied.json(), { Message: /token/ })
  t.equal((await app.inject('/ping')).statusCode, 200)
})

t.test('a file of tokens that cannot be used ends the start, and the message names it', async t => {
  const home = await folder(t, {
    empty: '# nobody\n\n',
    short: `${token}\ntoo-short\n`,
    blank: 'two words in one line here',
    accent: 'ein-schlüssel-mit-umlaut',
  })
  const cases: [string, RegExp][] = [
    ['missing', /ENOENT/],
    ['.', /EISDIR/],
    ['empty', /has no token/],
    ['short', /line 2 has less than 16 characters/],
    ['blank', /line 1 has a blank/],
    ['accent', /line 1 has a blank, or what is not ASCII/],
  ]
  for (const [name, problem] of cases) {
    const path = join(home, name)
    const error = (await fakeHost(t, { tokenFile: path }).catch(thrown => thrown)) as Error
    t.match(error, { code: 'CONFIG_INVALID', message: problem })
    t.ok(error.message.startsWith(`--token-file ${path}`), error.message)
  }
})

t.test('tokens are read again when another file takes the place of theirs; a broken one changes nothing', async t => {
  const home = await folder(t, { tokens: token, next: 'the-token-of-tomorrow', broken: 'short' })
  const path = join(home, 'tokens')
  const lines: string[] = []
  let notice = () => {}
  const note = (_: object, message: string) => {
    lines.push(message)
    notice()
  }
  const log = { ...silentLog, info: note, error: note } as Log
  const { app, listen } = await fakeHost(t, { tokenFile: path }, { log })
  await listen()
  const statusOf = async (known: string) =>
    (await app.inject({ url: '/models', headers: { authorization: `Bearer ${known}` } })).statusCode
  const noticed = (message: RegExp) =>
    new Promise<void>(resolve => {
      notice = () => message.test(lines.at(-1) ?? '') && resolve()
    })
  t.equal(await statusOf(token), 200)
  const broken = noticed(/old ones stay/)
  await rename(join(home, 'broken'), path)
  await broken
  t.equal(await statusOf(token), 200)
  const changed = noticed(/tokens read again/)
  await rename(join(home, 'next'), path)
  await changed
  t.equal(await statusOf(token), 401)
  t.equal(await statusOf('the-token-of-tomorrow'), 200)
})

t.test('a standalone host that others can reach without a token says so in its log', async t => {
  const home = await folder(t, { tokens: token })
  const warned = async (flags: object) => {
    let warnings = 0
    await fakeHost(t, { ...flags }, { log: { ...silentLog, warn: () => void warnings++ } })
    return warnings
  }
  t.equal(await warned({ store: home, host: '0.0.0.0' }), 1)
  t.equal(await warned({ store: home, host: '0.0.0.0', tokenFile: join(home, 'tokens') }), 0)
  for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost'])
    t.equal(await warned({ store: home, host }), 0, host)
  t.equal(await warned({ host: '0.0.0.0' }), 0, 'a platform reaches its own')
})

t.test('pages of the origins that are named may call the host; without any, none may', async t => {
  const origin = 'https://example.org'
  const off = await fakeHost(t)
  t.notOk((await off.app.inject({ url: '/ping', headers: { origin } })).headers['access-control-allow-origin'])
  const preflight = {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'content-type',
  }
  t.equal((await off.app.inject({ method: 'OPTIONS', url: '/models', headers: preflight })).statusCode, 405)

  const home = await folder(t, { tokens: token })
  const { app } = await fakeHost(t, { tokenFile: join(home, 'tokens'), corsOrigins: [origin, 'https://other.org'] })
  const asked = await app.inject({ method: 'OPTIONS', url: '/models/m', headers: preflight })
  t.equal(asked.statusCode, 204, 'without a token, which a preflight never has')
  t.match(asked.headers, {
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'GET, HEAD, POST, DELETE',
    'access-control-allow-headers': 'content-type',
  })
  const answers: [string, number][] = [
    ['/ping', 200],
    ['/models', 401],
    ['/nowhere', 401],
  ]
  for (const [url, status] of answers) {
    const answer = await app.inject({ url, headers: { origin } })
    t.equal(answer.statusCode, status, url)
    t.equal(answer.headers['access-control-allow-origin'], origin, url)
    t.match(answer.headers['access-control-expose-headers'], /server-timing/)
    const stranger = await app.inject({ url, headers: { origin: 'https://evil.org' } })
    t.notOk(stranger.headers['access-control-allow-origin'])
  }
  const unknown = await app.inject({ url: '/nowhere', headers: { origin, authorization } })
  t.equal(unknown.statusCode, 404, 'not a 405 for the sake of preflights')
  const any = await fakeHost(t, { corsOrigins: ['*'] })
  t.equal((await any.app.inject({ url: '/ping', headers: { origin } })).headers['access-control-allow-origin'], '*')
})
