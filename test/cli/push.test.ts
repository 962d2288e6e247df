import { createHash } from 'node:crypto'
import { join } from 'node:path'
import t from 'tap'
import { folder, pluginPath } from '../helpers/artifacts.js'
import { accessDenied, s3Fault, startFaultProxy } from '../helpers/fault-proxy.js'
import { runCli } from '../helpers/run-cli.js'
import { s3Env, startS3 } from '../helpers/s3-server.js'
import { unpacked } from '../helpers/unpacking.js'

const tree = { 'x-params.json': '{"model_name": "Noop"}', 'labels.txt': 'one\ntwo\n' }
const files = Object.fromEntries(Object.entries(tree).map(([name, content]) => [`claims/${name}`, content]))
const plugin = ['--plugin', pluginPath('noop')]

const push = (args: readonly string[], env: Record<string, string> = {}) =>
  runCli(['push', ...args, ...plugin], '', { ...s3Env, MODELHOST_S3_PATH_STYLE: 'true', ...env })

t.test('push puts the archive of an artifact into S3, and tells its target', async t => {
  const s3 = await startS3(t)
  const proxy = await startFaultProxy(t, s3)
  const artifact = join(await folder(t, files), 'claims')
  const seen: NodeJS.Dict<string | string[]>[] = []
  proxy.onRequest = ({ method, headers }) => {
    if (method === 'PUT') seen.push(headers)
  }
  const shown = await push([artifact, 's3://models/live/', '--s3-endpoint', proxy.url])
  t.match(shown, { code: 0, stderr: '' })
  const { body, etag, contentType } = s3.get('live/claims.tar.gz')!
  t.same(await unpacked(t, body), tree)
  t.equal(contentType, 'application/gzip')
  const sha256 = createHash('sha256').update(body)
  const hex = sha256.copy().digest('hex')
  t.equal(
    shown.stdout,
    [
      's3://models/live/claims.tar.gz\n',
      `  ${body.length} bytes, ETag ${etag}, sha256 ${hex}\n`,
      '  target "claims.tar.gz" of: modelhost serve --store s3://models/live\n',
    ].join(''),
  )
  t.match(seen, [{ 'x-amz-checksum-sha256': sha256.digest('base64'), 'if-none-match': '*' }])

  const json = await push([artifact, 's3://models/other.tgz', '--s3-endpoint', s3.url, '--json'])
  t.same(JSON.parse(json.stdout), {
    url: 's3://models/other.tgz',
    bytes: body.length,
    etag,
    sha256: hex,
    store: 's3://models',
    target: 'other.tgz',
  })
  t.ok(s3.get('other.tgz')?.body.equals(body), 'the same archive, byte for byte')
})

t.test('an object that is there is not replaced, unless that is asked for', async t => {
  const s3 = await startS3(t, { 'claims.tar.gz': 'before' })
  const proxy = await startFaultProxy(t, s3)
  const artifact = join(await folder(t, files), 'claims')
  const args = [artifact, 's3://models/', '--s3-endpoint', proxy.url]
  const there = {
    code: 1,
    stdout: '',
    stderr: 'modelhost: There is s3://models/claims.tar.gz already. Replace it with --overwrite.\n',
  }
  t.same(await push(args), there)
  t.notOk(
    proxy.requests.some(line => line.startsWith('PUT')),
    'it is looked for first',
  )
  t.equal(s3.get('claims.tar.gz')!.body.toString(), 'before')
  t.match(await push([...args, '--overwrite']), { code: 0, stderr: '' })
  t.same(await unpacked(t, s3.get('claims.tar.gz')!.body), tree)
})

t.test('what S3 refuses, and what cannot be packed, is told', async t => {
  const s3 = await startS3(t)
  const proxy = await startFaultProxy(t, s3)
  const path = await folder(t, { ...files, 'no-artifact/labels.txt': '' })
  const claims = join(path, 'claims')
  const refused = async (args: readonly string[], code: number, message: RegExp, env = {}) => {
    const shown = await push([...args, '--s3-endpoint', proxy.url], env)
    t.match(shown, { code, stdout: '' })
    t.match(shown.stderr, message)
  }
  proxy.next('PUT /models/a.tar.gz', accessDenied)
  const headers = { 'x-amz-bucket-region': 'us-west-2' }
  proxy.next('PUT /models/b.tar.gz', s3Fault(301, 'PermanentRedirect', 'Use another endpoint.', { headers }))
  await Promise.all([
    refused([claims, 's3://models/a.tar.gz'], 1, /s3:\/\/models\/a\.tar\.gz refuses .*403 AccessDenied/),
    refused([claims, 's3://models/b.tar.gz'], 1, /the bucket is in the region us-west-2: --s3-region us-west-2/),
    refused([claims, 's3://nowhere/'], 1, /NoSuchBucket/),
    refused([claims, 's3://models/'], 1, /Could not load credentials/, { AWS_ACCESS_KEY_ID: '' }),
    refused([claims, 's3://models/'], 2, /MODELHOST_S3_PATH_STYLE: must be true/, { MODELHOST_S3_PATH_STYLE: 'many' }),
    refused([join(path, 'no-artifact'), 's3://models/'], 1, /no-artifact.*params/),
  ])
  t.equal(s3.get('claims.tar.gz'), undefined)
})
