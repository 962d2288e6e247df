import type { Test } from 'tap'
import { folder } from '../../helpers/artifacts.js'
import { selfSigned } from '../../helpers/certificate.js'
import { freePort, type Running, serveImage } from '../host.js'

/** The health check of the image, as an engine runs it. */
export function tellHealth(t: Test, running: Running): void {
  const { health } = running.image.config

  t.test('the health check ends with 0 where the host answers, and with 1 where none does', async t => {
    const host = await serveImage(t, running)
    t.match(await host.exec(health), { code: 0, stdout: '', stderr: '' })
    const elsewhere = { SAGEMAKER_BIND_TO_PORT: String(await freePort()) }
    t.match(await host.exec(health, elsewhere), { code: 1, stderr: /does not answer \(.*ECONNREFUSED/ })
    t.match(await host.exec(health, { MODELHOST_PORT: 'x' }), { code: 1, stderr: /MODELHOST_PORT/ })
  })

  t.test('it speaks TLS where the host does', async t => {
    const { cert, key } = selfSigned()
    const files = await folder(t, { 'cert.pem': cert, 'key.pem': key })
    const env = { MODELHOST_TLS_CERT: '/etc/tls/cert.pem', MODELHOST_TLS_KEY: '/etc/tls/key.pem' }
    const host = await serveImage(t, running, { env, volumes: [{ from: files, to: '/etc/tls' }] })
    t.match(host.url, /^https:/)
    t.match(await host.exec(health), { code: 0, stderr: '' })
  })
}
