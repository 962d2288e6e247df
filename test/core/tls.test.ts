import { get } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { startHost } from 'modelhost/testing'
import t from 'tap'
import { folder } from '../helpers/artifacts.js'
import { selfSigned } from '../helpers/certificate.js'
import { fakeHost } from '../helpers/fake-host.js'

t.test('with a certificate and its key, the host speaks HTTPS and drains as ever', async t => {
  const { cert, key } = selfSigned()
  const home = await folder(t, { 'cert.pem': cert, 'key.pem': key })
  const host = await startHost(t, { tlsCert: join(home, 'cert.pem'), tlsKey: join(home, 'key.pem'), lanes: 1 })
  t.match(host.url, /^https:\/\/127\.0\.0\.1:\d+$/)
  const body = await new Promise<string>((resolve, reject) => {
    get(`${host.url}/ping`, { ca: cert }, answer => resolve(text(answer))).on('error', reject)
  })
  t.same(JSON.parse(body), { status: 'Healthy' })
  await host.close()
})

t.test('a file of TLS that cannot be used is named', async t => {
  const [ours, others] = [selfSigned(), selfSigned()]
  const home = await folder(t, {
    'cert.pem': ours.cert,
    'key.pem': ours.key,
    'other-key.pem': others.key,
    'no.pem': 'no PEM',
  })
  const cases: [cert: string, key: string, named: string, problem: RegExp][] = [
    ['missing.pem', 'key.pem', 'missing.pem', /ENOENT/],
    ['cert.pem', 'missing.pem', 'missing.pem', /ENOENT/],
    ['no.pem', 'key.pem', 'no.pem', /cannot be used/],
    ['cert.pem', 'no.pem', 'no.pem', /cannot be used/],
    ['cert.pem', 'other-key.pem', 'other-key.pem', /is not the key of the certificate/],
  ]
  for (const [cert, key, named, problem] of cases) {
    const error = await fakeHost(t, { tlsCert: join(home, cert), tlsKey: join(home, key) }).catch(thrown => thrown)
    t.match(error, { code: 'CONFIG_INVALID', message: problem }, named)
    t.ok(error.message.includes(join(home, named)), error.message)
  }
})
