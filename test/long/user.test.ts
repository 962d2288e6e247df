import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { folder } from '../helpers/artifacts.js'
import { startHostProcess } from '../helpers/host-process.js'
import { type Outcome, runCli } from '../helpers/run-cli.js'
import { s3Env, startS3 } from '../helpers/s3-server.js'

const run = promisify(execFile)
const claims = fileURLToPath(new URL('../../../cli/workspace/files/data/claims_de.csv', import.meta.url))
const pair = 'impfung und ärzte,windräder und strom'

t.test('the whole way: train, pack, push, serve from S3, curl; train again, push, and it is the new one', async t => {
  const s3 = await startS3(t)
  const path = await folder(t)
  const [artifact, packed] = [join(path, 'claims'), join(path, 'claims.tar.gz')]
  const s3Flags = ['--s3-endpoint', s3.url, '--s3-path-style']
  const succeed = async (outcome: Promise<Outcome>) => {
    const { code, stdout, stderr } = await outcome
    t.equal(code, 0, stderr)
    return stdout
  }
  const train = (epochs: number) => {
    const params = ['--set', `epochs=${epochs}`, '--set', 'vector_size=8']
    return succeed(runCli(['train', 'DocSim', '--train', claims, ...params, '--output', artifact]))
  }
  const push = (...more: string[]) =>
    succeed(runCli(['push', artifact, 's3://models/live/', ...s3Flags, ...more], '', s3Env))
  const similarity = () => succeed(runCli(['invoke', artifact, '-', '--type', 'text/csv'], pair))

  await train(2)
  await succeed(runCli(['pack', artifact, '--output', packed]))
  t.match(await push(), 'target "claims.tar.gz" of: modelhost serve --store s3://models/live')
  t.ok(s3.get('live/claims.tar.gz')!.body.equals(await readFile(packed)), 'what is pushed is what pack makes')

  const store = ['--store', 's3://models/live', ...s3Flags, '--cache', join(path, 'cache')]
  const { url, close } = await startHostProcess(t, store)
  const curl = async (...args: string[]) => (await run('curl', ['-sS', '-w', ' %{http_code}', ...args])).stdout
  const ask = () => {
    const headers = ['-H', 'X-Amzn-SageMaker-Target-Model: claims.tar.gz', '-H', 'Content-Type: text/csv']
    return curl(`${url}/invocations`, ...headers, '--data-binary', pair)
  }
  t.match(await curl(`${url}/store`), /"target":"claims.tar.gz","kind":"archive","state":"unloaded".* 200$/)
  const first = (await similarity()).trim()
  t.equal(await ask(), `${first} 200`, 'the answer is that of the artifact here')

  await train(30)
  const refused = await runCli(['push', artifact, 's3://models/live/', ...s3Flags], '', s3Env)
  t.match(refused, { code: 1, stderr: /There is s3:\/\/models\/live\/claims\.tar\.gz already/ })
  await push('--overwrite')
  const second = (await similarity()).trim()
  t.not(second, first)
  t.equal(await ask(), `${first} 200`, 'what is loaded stays')
  t.match(await curl('-X', 'DELETE', `${url}/models/claims.tar.gz`), / 200$/)
  t.equal(await ask(), `${second} 200`)
  t.match(await curl(`${url}/store`), /"state":"ready".*"lastUsedAt":"20/)
  t.same(await close(), [0, null])
})
