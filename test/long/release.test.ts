import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { archiveOf } from '../helpers/archive.js'
import { folder, pluginPath } from '../helpers/artifacts.js'
import { internalError, slowDown, startFaultProxy } from '../helpers/fault-proxy.js'
import { startHostProcess } from '../helpers/host-process.js'
import { jsonExample, modelKey, outputKey, planFile, planOf, releaseId, trained } from '../helpers/release.js'
import { runCli, startCliWith } from '../helpers/run-cli.js'
import { clientOf } from '../helpers/runtime-client.js'
import { s3Env, startS3 } from '../helpers/s3-server.js'

const plugins = ['--plugin', pluginPath('probe'), '--plugin', pluginPath('noop')]

async function start(t: Test) {
  const s3 = await startS3(t)
  const proxy = await startFaultProxy(t, s3)
  const path = await folder(t)
  const s3Flags = ['--s3-endpoint', proxy.url, '--s3-path-style']
  const succeed = async (...args: string[]) => {
    const { code, stdout, stderr } = await runCli(args, '', s3Env)
    t.equal(code, 0, stderr)
    return stdout
  }
  return { s3, proxy, path, s3Flags, succeed }
}

t.test(
  'two releases, a promotion and a way back, through a bucket that is busy and an endpoint that is cold',
  async t => {
    const { s3, proxy, path, s3Flags, succeed } = await start(t)
    const targetsFile = join(path, 'targets.json')
    const current = async () => JSON.parse(await readFile(targetsFile, 'utf8')) as Record<string, string>
    const release = async (id: string, models: Record<string, string>) => {
      const plan = JSON.stringify(
        planOf(Object.fromEntries(Object.keys(models).map(name => [name, { examples: [jsonExample({ text: 'x' })] }]))),
      )
      for (const [name, greeting] of Object.entries(models)) {
        s3.put(outputKey(name).replace(releaseId, id), trained({ greeting }))
      }
      return planFile(t, JSON.parse(plan.replaceAll(releaseId, id)))
    }
    const publish = (plan: string, ...more: string[]) => succeed('publish', plan, ...plugins, ...s3Flags, ...more)

    const first = await release('1', { claims: 'one ', names: 'names ' })
    proxy.next('GET', slowDown, { kind: 'truncate', after: 10 }, { kind: 'reset' })
    proxy.next('HEAD', internalError)
    proxy.next('PUT', slowDown, { kind: 'lose' }, internalError)
    await publish(first, '--targets', targetsFile)
    t.same(await current(), { claims: 'claims/1.tar.gz', names: 'names/1.tar.gz' })

    const host = await startHostProcess(t, [
      ...plugins.slice(2),
      '--store',
      's3://models/dev/models',
      ...s3Flags,
      '--cache',
      join(path, 'cache'),
    ])
    const ask = clientOf(t, host)
    const says = async (target = '') => JSON.parse((await ask(target, 'x')).Body!.transformToString()).text
    const probe = (plan: string) => succeed('probe', 'claims', plan, '--endpoint-url', host.url, '--json')
    proxy.next('GET /models/dev/models/claims/1.tar.gz', ...Array(6).fill(slowDown))
    t.match(JSON.parse(await probe(first)).models, [{ isWell: true }, { isWell: true, tries: 1 }])

    const second = await release('2', { claims: 'two ' })
    await publish(second, '--targets', targetsFile)
    await probe(second)
    const targets = await current()
    t.same(targets, { claims: 'claims/2.tar.gz', names: 'names/1.tar.gz' }, 'what is not trained now stays')
    t.same([await says(targets['claims']), await says(targets['names'])], ['two x', 'names x'])
    t.equal(await says('claims/1.tar.gz'), 'one x', 'to go back is to ask for the former target')

    await publish(second, '--stage', 'prod')
    const [dev, prod] = ['dev', 'prod'].map(stage => s3.get(`${stage}/models/claims/2.tar.gz`)!.body)
    t.ok(prod!.equals(dev!))
  },
)

t.test('a release of large archives takes little memory, and leaves nothing on the disk', async t => {
  const { s3, path } = await start(t)
  const MiB = 2 ** 20
  const params = '{"model_name": "Noop"}'
  const names = ['A', 'B', 'C']
  // Nothing of it can be packed smaller. The test's server takes no such upload, so a run before has put them.
  const content = randomBytes(60 * MiB)
  const left = archiveOf({ 'x-params.json': params, 'extra.bin': content })
  const put = archiveOf({ 'extra.bin': content, 'x-params.json': params })
  for (const name of names) {
    s3.put(outputKey(name), left)
    s3.put(modelKey(name), put)
  }
  const plan = await planFile(t, planOf(Object.fromEntries(names.map(name => [name, { plugin: 'Noop' }]))))
  const s3Flags = ['--s3-endpoint', s3.url, '--s3-path-style']
  const child = startCliWith({ ...s3Env, TMPDIR: path }, ['publish', plan, ...plugins, ...s3Flags])
  let peakKiB = 0
  const watch = setInterval(async () => {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '')
    peakKiB = Math.max(peakKiB, Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0))
  }, 50)
  child.stderr.resume()
  const [result, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
  clearInterval(watch)
  t.equal(code, 0)
  t.match(JSON.parse(result).models, Array(3).fill({ state: 'there' }))
  t.ok(peakKiB > 0 && peakKiB < 300 * 1024, `${Math.round(peakKiB / 1024)} MiB at most`)
  t.same(await readdir(path), [])
})

t.test('SIGTERM ends a release with a reason, and leaves nothing on the disk', async t => {
  const { s3, proxy, path, s3Flags } = await start(t)
  s3.put(outputKey('A'), trained())
  const asked = new Promise<void>(resolve => {
    proxy.onRequest = () => resolve()
  })
  proxy.always('HEAD', { kind: 'stall' })
  const child = startCliWith({ ...s3Env, TMPDIR: path }, [
    'publish',
    await planFile(t, planOf({ A: {} })),
    ...plugins,
    ...s3Flags,
  ])
  const stderr: string[] = []
  child.stderr.setEncoding('utf8').on('data', line => stderr.push(line))
  await asked
  child.kill('SIGTERM')
  const [code] = await once(child, 'close')
  t.equal(code, 1)
  t.match(stderr.join(''), /modelhost: stopped by SIGTERM\n$/)
  t.same(await readdir(path), [])
})
