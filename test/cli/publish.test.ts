import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { Buckets } from '../../cli/release/buckets.js'
import { openArtifactCheck } from '../../cli/release/check-artifact.js'
import { movesBetweenStages, movesFromTraining } from '../../cli/release/moves.js'
import { releaseModels } from '../../cli/release/release-models.js'
import type { Plan } from '../../cli/workspace/plan/plan-type.js'
import { archiveOf } from '../helpers/archive.js'
import { folder, pluginPath } from '../helpers/artifacts.js'
import { accessDenied, internalError, slowDown, startFaultProxy } from '../helpers/fault-proxy.js'
import { jsonExample, modelKey, outputKey, planOf, releaseId, trained } from '../helpers/release.js'
import { s3Settings, startS3, useS3Env } from '../helpers/s3-server.js'
import { errorOf, never } from '../helpers/s3-store.js'
import { silentLog } from '../helpers/silent-log.js'
import { tar, tarFile } from '../helpers/tar.js'
import { unpacked } from '../helpers/unpacking.js'

useS3Env()
const checking = openArtifactCheck([pluginPath('probe'), pluginPath('noop')], silentLog)
t.teardown(async () => (await checking).close())

const text = jsonExample({ text: 'x' })

/** A bucket with these objects, and what publishes a plan from and to it. */
async function start(t: Test, objects: Record<string, string | Uint8Array>) {
  const s3 = await startS3(t, objects)
  const proxy = await startFaultProxy(t, s3)
  const buckets = new Buckets(s3Settings(proxy.url))
  t.teardown(() => buckets.close())
  const artifacts = await checking
  const release = (moves: Parameters<typeof releaseModels>[0], signal = never) =>
    releaseModels(moves, { log: silentLog, signal, maxRatio: 200 })
  return {
    s3,
    proxy,
    publish: (plan: Plan, signal?: AbortSignal) => release(movesFromTraining(plan, buckets, artifacts), signal),
    promote: (plan: Plan) => release(movesBetweenStages(plan, 'prod', 'models', buckets)),
    puts: () => proxy.requests.filter(line => line.startsWith('PUT')),
  }
}

t.test('what training jobs have left becomes the models of the stage', async t => {
  const { s3, publish, promote, puts } = await start(t, {
    [outputKey('Claims')]: archiveOf({
      'out/Probe-params.json': '{"model_name": "Probe", "examples": [{"text": "own"}]}',
      'out/labels.txt': 'one',
      'out/.cache': 'left by an editor',
    }),
    [outputKey('Names')]: trained(),
  })
  const plan = planOf({
    // One of them is the artifact's own, and is asked once.
    Claims: { examples: [text, { ...text, body: '{"text":"own"}' }] },
    Names: { examples: [{ body: 'a text', contentType: 'text/plain' }] },
  })
  const first = await publish(plan)
  t.match(first, [
    { name: 'Claims', target: `Claims/${releaseId}.tar.gz`, state: 'put', examples: 2 },
    { name: 'Names', url: `s3://models/${modelKey('Names')}`, state: 'put', examples: 1 },
  ])
  const { body } = s3.get(modelKey('Claims'))!
  t.same(Object.keys(await unpacked(t, body)), ['Probe-params.json', 'labels.txt'])

  t.same(
    await publish(plan),
    first.map(model => ({ ...model, state: 'there' })),
    'a second run finds them',
  )
  const otherMachine = gzipSync(gunzipSync(body), { level: 1 })
  s3.put(modelKey('Claims'), otherMachine)
  const sha256 = createHash('sha256').update(otherMachine).digest('hex')
  t.match((await publish(plan))[0], { state: 'there', sha256, bytes: otherMachine.length }, 'however it is compressed')
  t.equal(puts().length, 2)
  s3.put(modelKey('Claims'), body)

  t.match(await promote(plan), [{ url: `s3://models/${modelKey('Claims', 'prod')}`, state: 'put' }, { state: 'put' }])
  t.ok(s3.get(modelKey('Claims', 'prod'))!.body.equals(body), 'another stage has them byte for byte')
})

t.test('one model that is not sound, and nothing is put; each is named with what is wrong', async t => {
  const outside = join(t.testdirName, '..', 'outside')
  const { publish, puts } = await start(t, {
    [outputKey('Good')]: trained(),
    [outputKey('Escapes')]: tar(tarFile('../outside', 'x'), tarFile('Probe-params.json', '{"model_name": "Probe"}')),
    [outputKey('Links')]: tar(tarFile('Probe-params.json', '', { type: '2', linkName: outside })),
    [outputKey('Empty')]: archiveOf({ 'weights.bin': 'x' }),
    [outputKey('Other')]: archiveOf({ 'x-params.json': '{"model_name": "Noop"}' }),
    [outputKey('Page')]: '<html>',
    [outputKey('Fails')]: trained({ examples: [{ text: 'x' }, { text: 'x', action: 'throw' }] }),
    [outputKey('Refuses')]: trained({ on_load: 'refuse' }),
    [outputKey('Typo')]: trained({ greetings: 'x' }),
    [modelKey('Taken')]: 'something else',
    [outputKey('Taken')]: trained(),
  })
  const names = ['Good', 'Escapes', 'Links', 'Empty', 'Other', 'Page', 'Fails', 'Refuses', 'Typo', 'Taken', 'Absent']
  const { message } = await errorOf(publish(planOf(Object.fromEntries(names.map(name => [name, {}])))))
  t.match(message, /^10 of 11 models cannot be released\. Nothing was put\.\n/)
  const said = Object.fromEntries(
    message
      .split('\n')
      .slice(1)
      .map(line => [/^ {2}(\w+): /.exec(line)?.[1], line]),
  )
  t.match(said, {
    Good: undefined,
    Escapes: /its entry "\.\.\/outside"/,
    Links: /is a symbolic link/,
    Empty: /params/,
    Other: /its artifact is one of Noop; the plan says Probe/,
    Page: /it is no tar or tar\.gz, but looks like/,
    Fails: /example 2 of 2 fails: .*the probe was asked to throw/,
    Refuses: /the probe was asked to refuse/,
    Typo: /"greetings" is not a known parameter/,
    Taken: /there is s3:\/\/models\/dev\/models\/Taken\/.* already, with another content.*--id/,
    Absent: /There is no s3:\/\/models\/dev\/training\/.*Absent/,
  })
  t.same(puts(), [])
})

t.test('a release that breaks off in the middle is gone on with by the next run', async t => {
  const { s3, proxy, publish, puts } = await start(t, { [outputKey('A')]: trained(), [outputKey('B')]: trained() })
  const plan = planOf({ A: {}, B: {} })
  proxy.always(`PUT /models/${modelKey('B')}`, accessDenied)
  const { message } = await errorOf(publish(plan))
  t.match(
    message,
    /^1 of 2 models cannot be released\. What was put stays\. Run the command again to go on\.\n {2}B: .*403/,
  )
  t.ok(s3.get(modelKey('A')))
  proxy.heal()
  proxy.next(`GET /models/${outputKey('B')}`, slowDown, { kind: 'truncate', after: 20 })
  proxy.next(`PUT /models/${modelKey('B')}`, internalError, { kind: 'lose' })
  t.match(await publish(plan), [{ state: 'there' }, { state: 'put' }])
  t.equal(puts().length, 5, 'what passes was tried again')
})

t.test('a model that somebody else has put meanwhile stays as it is', async t => {
  for (const others of [Buffer.from('other'), trained({}, { 'labels.txt': 'of another training' })]) {
    const { s3, proxy, publish } = await start(t, { [outputKey('A')]: trained() })
    proxy.onRequest = ({ method }) => {
      if (method === 'PUT') s3.put(modelKey('A'), others)
    }
    const { message } = await errorOf(publish(planOf({ A: {} })))
    t.match(message, /A: there is s3:.* already, with another content/)
    t.ok(others.equals(s3.get(modelKey('A'))!.body))
  }
})

t.test('a release that is stopped ends with the reason, and puts nothing', async t => {
  const { TMPDIR } = process.env
  const temporary = await folder(t)
  process.env['TMPDIR'] = temporary
  t.teardown(() => {
    if (TMPDIR === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = TMPDIR
  })
  const { proxy, publish, puts } = await start(t, { [outputKey('A')]: trained() })
  const stop = new AbortController()
  proxy.onRequest = ({ method }) => {
    if (method === 'GET') stop.abort(new Error('stopped by SIGTERM'))
  }
  await t.rejects(publish(planOf({ A: {} }), stop.signal), { message: 'stopped by SIGTERM' })
  t.same(puts(), [])
  t.same(await readdir(temporary), [], 'and nothing of it stays on the disk')
})
