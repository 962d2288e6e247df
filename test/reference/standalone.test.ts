import { execFile } from 'node:child_process'
import { cp, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startHost } from 'modelhost/testing'
import t, { type Test } from 'tap'
import { folder } from '../helpers/artifacts.js'
import { tinyDocSim } from '../helpers/docsim-artifact.js'
import { routesOf } from '../helpers/routes.js'
import { runCli } from '../helpers/run-cli.js'
import { docsFolder } from './pages.js'

const run = promisify(execFile)
const page = await readFile(new URL('standalone.md', docsFolder), 'utf8')
const root = fileURLToPath(new URL('..', docsFolder))

/** The store of the page. */
async function makeStore(t: Test): Promise<string> {
  const store = await folder(t, { 'broken/x-params.json': '{"model_name":"DocSum"}' })
  await cp(await tinyDocSim(t), join(store, 'claims'), { recursive: true })
  await mkdir(join(store, 'news'))
  const { code, stderr } = await runCli(['pack', join(store, 'claims'), '--output', join(store, 'news/de.tar.gz')])
  t.equal(code, 0, stderr)
  return store
}

t.test('the page has a section for every route that a host without a store does not have', async t => {
  const store = await folder(t)
  const common = await routesOf(() => startHost(t))
  const routes = (await routesOf(() => startHost(t, { store }))).filter(route => !common.includes(route))
  const sections = [...page.matchAll(/^##+ `([A-Z]+ \/\S+)`$/gm)].map(([, route]) => route!)
  t.same(sections.toSorted(), routes.toSorted())
})

t.test('every example on the page answers what stands below it', async t => {
  const store = await makeStore(t)
  const host = await startHost(t, { store })
  const examples = [...page.matchAll(/```sh\n(.*?)```\n\n```(?:json)?\n(.*?)```/gs)]
  t.equal(examples.length, 4)
  for (const [, commands, shown] of examples) {
    const script = commands!.replaceAll('localhost:8080', host.url).replaceAll(/^curl /gm, "curl -s -w '\\n' ")
    const { stdout } = await run('bash', ['-c', script])
    t.equal(withoutTimes(stdout.replaceAll(store, '/home/you/models')), withoutTimes(shown!), commands!)
  }

  const [, script] = /```js\n(.*?)```/s.exec(page)!
  const { stdout } = await run(
    'env',
    [
      '-u',
      'NODE_OPTIONS',
      process.execPath,
      '--input-type=module',
      '-e',
      script!.replace('http://localhost:8080', host.url),
    ],
    { cwd: root },
  )
  t.equal(stdout, '["0.6"]\n')
})

t.test('the Python of the page does so as well', async t => {
  const python = process.env['PYTHON'] ?? 'python3'
  const hasBoto = await run(python, ['-c', 'import boto3']).then(
    () => true,
    () => false,
  )
  if (!hasBoto) return t.pass('boto3 is not there: PYTHON may name an interpreter that has it')
  const host = await startHost(t, { store: await makeStore(t) })
  const [, script] = /```python\n(.*?)```/s.exec(page)!
  const { stdout } = await run(python, ['-c', script!.replace('http://localhost:8080', host.url)])
  t.equal(stdout, '["0.6"]\n')
})

const withoutTimes = (text: string) =>
  text
    .replaceAll(/"(modifiedAt|lastUsedAt|retryAt)":"[^"]+"/g, '"$1":"..."')
    .replaceAll(/ \(That was \d+ s ago; .*?\)/g, '')
