import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Test } from 'tap'
import { folder } from '../../helpers/artifacts.js'
import { freePort, openHost, type Running, serveImage } from '../host.js'

/** An endpoint of one model, which the platform unpacks to /opt/ml/model; and a host with a store, outside of SageMaker. */
export function tellOthers(t: Test, running: Running, models: string): void {
  t.test('the one model in /opt/ml/model is served, and the ping is 200 once it is there', async t => {
    const port = await freePort()
    const env = {
      SAGEMAKER_BIND_TO_PORT: String(port),
      // Where the paths are this machine's, it is not found by its place.
      ...(running.isConfined ? {} : { MODELHOST_SINGLE: '/opt/ml/model' }),
    }
    const volumes = [{ from: join(models, 'DocSim'), to: '/opt/ml/model' }]
    const host = await openHost(t, running, port, await folder(t), { args: ['serve'], env, volumes })
    for (;;) {
      const { status } = await fetch(`${host.url}/ping`)
      if (status === 200) break
      t.equal(status, 503)
      await setTimeout(20)
    }
    const headers = { 'content-type': 'text/csv' }
    const answer = await fetch(`${host.url}/invocations`, { method: 'POST', headers, body: 'impfung,strom' })
    t.match({ status: answer.status, body: await answer.text() }, { status: 200, body: /^\["-?0\.\d+"\]$/ })
    t.match(await host.stop(), { code: 0 })
  })

  t.test('with a store it loads by itself, and needs no disk for a folder', async t => {
    const port = await freePort()
    const env = { MODELHOST_PORT: String(port), MODELHOST_STORE: '/store' }
    const volumes = [{ from: models, to: '/store' }]
    const host = await openHost(t, running, port, await folder(t), { args: ['serve'], env, volumes })
    const answer = await host.invoke('DocSim', 'impfung,strom', { 'content-type': 'text/csv' })
    t.equal(answer.status, 200)
  })

  const skip = !running.isConfined && "the files of this machine are not any user's"
  t.test('it may be run as a user that the image does not know', { skip }, async t => {
    const host = await serveImage(t, running, { user: 12_345, volumes: [{ from: models, to: '/opt/ml/trained' }] })
    t.match(await readFile(`/proc/${host.pid}/status`, 'utf8'), /^Uid:\t12345/m)
    t.equal((await host.load('DocSim', '/opt/ml/trained/DocSim')).status, 200)
    t.match(await host.stop(), { code: 0 })
  })
}
