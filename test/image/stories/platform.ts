import { chmod, cp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import { folder } from '../../helpers/artifacts.js'
import { type ImageHost, modelsFolder, type Running, serveImage } from '../host.js'
import { startJob } from '../job.js'
import { claimsFile, projectFolder } from '../places.js'

const shippedNer = '/opt/modelhost/node_modules/modelhost/plugins/ner/shipped/en'

/** Models of three types as the platform has them: two that the image itself has trained, and one of the package. */
export async function trainModels(t: Test, running: Running): Promise<string> {
  const models = await folder(t)
  // For whoever the image is run as.
  await chmod(models, 0o755)
  const data = { 'train/claims_de.csv': await readFile(claimsFile, 'utf8') }
  const train = async (plugin: string, params: Record<string, string>) => {
    const job = await startJob(t, running, { model_name: plugin, ...params }, data)
    job.child.stdout.resume()
    job.child.stderr.resume()
    t.same(await job.ended, [0, null], `${plugin} is trained`)
    await cp(job.model, join(models, plugin), { recursive: true })
  }
  await Promise.all([
    train('DocSim', { epochs: '5', vector_size: '16' }),
    train('TopicalPageRank', { n_topics: '5', max_iter: '2' }),
    cp(join(projectFolder, 'plugins/ner/shipped/en'), join(models, 'NER'), { recursive: true }),
  ])
  return models
}

/** A multi-model endpoint: what the platform asks, from read-only folders. */
export function tellPlatform(t: Test, running: Running, models: string): void {
  const serve = (t: Test, env: Record<string, string> = {}) =>
    serveImage(t, running, { env, volumes: [{ from: models, to: '/opt/ml/trained' }] })
  const trained = (name: string) => `/opt/ml/trained/${name}`

  t.test('three types are loaded from folders that nobody can write, answer, and go', async t => {
    const host = await serve(t)
    t.match(host.url, new RegExp(`:${host.port}$`), 'on the port that SageMaker asks for')
    t.equal((await fetch(`${host.url}/ping`)).status, 200)
    t.same(await (await fetch(`${host.url}/models`)).json(), { models: [] })
    const asked: [string, string, string, RegExp][] = [
      ['DocSim', 'text/csv', 'impfung und ärzte,windräder und strom', /^\["-?0\.\d+"\]$/],
      ['TopicalPageRank', 'text/plain', 'Die Impfung gegen Grippe schützt ältere Menschen.', /impfung/i],
      ['NER', 'text/plain', 'Angela Merkel met Barack Obama in Berlin.', /Barack Obama/],
    ]
    for (const [name, type, body, wanted] of asked) {
      t.equal((await host.load(name, trained(name))).status, 200, name)
      t.equal((await host.load(name, trained(name))).status, 409)
      const answer = await host.invoke(name, body, { 'content-type': type })
      t.match({ status: answer.status, body: (await answer.text()).trim() }, { status: 200, body: wanted }, name)
    }
    for (const [name] of asked) {
      t.equal((await host.unload(name)).status, 200)
      t.equal((await host.invoke(name, 'x')).status, 404)
    }
    t.same(await (await fetch(`${host.url}/models`)).json(), { models: [] })
  })

  t.test('a model of the package is loaded from the image itself', async t => {
    const host = await serve(t)
    t.equal((await host.load('names', shippedNer)).status, 200)
    t.equal((await host.invoke('names', 'Angela Merkel lives in Berlin.')).status, 200)
  })

  t.test('where memory is short a load is 507, and 200 once another model has gone', async t => {
    const bytes = await bytesOf(await serve(t), trained('DocSim'))
    const host = await serve(t, { MODELHOST_MEMORY_BUDGET: String(Math.floor(bytes * 1.5)) })
    t.equal((await host.load('first', trained('DocSim'))).status, 200)
    const refused = await host.load('second', trained('DocSim'))
    t.equal(refused.status, 507)
    t.match(await refused.json(), { error: { code: 'MEMORY_FULL' } })
    t.equal((await host.unload('first')).status, 200)
    t.equal((await host.load('second', trained('DocSim'))).status, 200)
    const large = await host.load('large', trained('NER'))
    t.match(
      { status: large.status, body: await large.json() },
      { status: 507, body: { error: { code: 'MODEL_TOO_LARGE' } } },
    )
  })

  t.test('loads and unloads of many names at once each get their answer', async t => {
    const host = await serve(t)
    const rounds = Array.from({ length: 8 }, async (_, i) => {
      const statuses: number[] = []
      for (let round = 0; round < 5; round++) {
        statuses.push((await host.load(`m${i}`, trained('DocSim'))).status)
        statuses.push((await host.invoke(`m${i}`, 'impfung,strom', { 'content-type': 'text/csv' })).status)
        statuses.push((await host.unload(`m${i}`)).status)
      }
      return statuses
    })
    const statuses = (await Promise.all(rounds)).flat()
    t.same([...new Set(statuses)], [200])
    t.equal(statuses.length, 8 * 5 * 3)
    t.same(await (await fetch(`${host.url}/models`)).json(), { models: [] })
  })

  t.test('nothing is written, not even where it could be', async t => {
    const list = async (host: ImageHost) =>
      (await host.exec(['find', ...watched, '-xdev', '-printf', '%p %s %T@\\n'])).stdout.split('\n').sort()
    const watched = running.isConfined ? ['/'] : ['/opt/modelhost']
    const host = await serveImage(t, running, {
      isWritable: true,
      volumes: [{ from: models, to: '/opt/ml/trained' }],
    })
    const before = await list(host)
    for (const name of ['DocSim', 'NER']) {
      t.equal((await host.load(name, trained(name))).status, 200)
      t.equal((await host.invoke(name, 'a,b', { 'content-type': 'text/csv' })).status, 200)
    }
    t.same(await list(host), before)
    t.ok(before.length > 1000)
  })

  t.test(
    'what a request changes, and where models lie, cannot be written',
    { skip: !running.isConfined && "the paths are this machine's" },
    async t => {
      const host = await serve(t)
      for (const path of ['/opt/modelhost', '/opt/ml/trained/DocSim', modelsFolder, '/tmp', '/etc', '/root']) {
        t.match(await host.exec(['touch', `${path}/file`]), { code: 1, stderr: /Read-only file system/ }, path)
      }
    },
  )
}

/** What a model takes of the budget. */
async function bytesOf(host: ImageHost, path: string): Promise<number> {
  await host.load('measured', path)
  const { bytes } = (await (await fetch(`${host.url}/models/measured`)).json()) as { bytes: number }
  return bytes
}
