import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { folder, probeArtifact } from '../helpers/artifacts.js'
import { selfSigned } from '../helpers/certificate.js'
import { startHostProcess } from '../helpers/host-process.js'
import { artifacts, failure } from '../helpers/mme/right.js'
import { startServer } from '../helpers/mme/wrong-server.js'
import { runCli, startCli } from '../helpers/run-cli.js'
import { addWeights, probeStore } from '../helpers/store.js'

const request = (t: Pick<Test, 'teardown'>, body: string) => folder(t, { 'request.json': body })
const lastLine = (text: string) => text.trimEnd().split('\n').at(-1)

t.test('a host into which a platform loads models passes all, and is empty again', async t => {
  const models = await folder(t)
  await addWeights(models, ['one', 'two'], 400_000)
  const host = await startHostProcess(t, ['--memory-budget', '6MB'])
  const body = join(await request(t, '{"from": 7, "count": 3}'), 'request.json')
  const broken = await probeArtifact(t, { on_load: 'nothing that it can do' })
  const { code, stdout, stderr } = await runCli([
    ...['check', host.url, '--model-url', join(models, 'one'), '--other-url', join(models, 'two')],
    ...['--broken-url', broken, '--request', body, '--accept', 'application/json', '--fill', '100', '--strict'],
  ])
  t.equal(code, 0, stdout + stderr)
  t.match(lastLine(stdout), /^\d+ passed, 0 failed, 0 not run$/)
  t.same(await (await fetch(`${host.url}/models`)).json(), { models: [] })
})

t.test('a host with a store, and one of one model, pass what is theirs', async t => {
  const store = await startHostProcess(t, ['--store', await probeStore(t, { a: {} })])
  const many = await runCli(['check', store.url])
  t.equal(many.code, 0, many.stdout)
  t.match(lastLine(many.stdout), / 0 failed/)

  const single = await startHostProcess(t, ['--single', await probeArtifact(t)])
  const body = join(await request(t, '{"text": "wind"}'), 'request.json')
  const one = await runCli(['check', single.url, '--single', '--request', body, '--strict'])
  t.equal(one.code, 0, one.stdout)
  t.match(lastLine(one.stdout), /^\d+ passed, 0 failed, 0 not run$/)
})

t.test('a host that asks for a token, over TLS, passes with it, and no report has the token', async t => {
  const { cert, key } = selfSigned()
  const token = 'secret-of-the-test'
  const files = await folder(t, { tokens: `${token}\n`, others: 'another\n', 'cert.pem': cert, 'key.pem': key })
  const [tokens, certificate] = [join(files, 'tokens'), join(files, 'cert.pem')]
  const tls = ['--tls-cert', certificate, '--tls-key', join(files, 'key.pem')]
  const { url } = await startHostProcess(t, ['--token-file', tokens, '--guard-invoke', ...tls])
  const trust = { NODE_EXTRA_CA_CERTS: certificate }
  const given = ['check', url, '--model-url', await probeArtifact(t)]
  const { code, stdout, stderr } = await runCli([...given, '--token-file', tokens], '', trust)
  t.equal(code, 0, stdout + stderr)
  t.match(lastLine(stdout), /^\d+ passed, 0 failed/)
  t.notMatch(stdout + stderr, token)
  const without = await runCli(
    ['check', url, '--only', 'list-empty-at-first', '--token-file', join(files, 'others')],
    '',
    trust,
  )
  t.match(without, { code: 1, stdout: /came +401 / })
  const stranger = await runCli(['check', url])
  t.match(stranger, {
    code: 1,
    stdout: '',
    stderr: /no trusted certificate \(.*SELF_SIGNED.*\)\. .*NODE_EXTRA_CA_CERTS/,
  })
})

t.test('faults are exit code 1, in all three reports', async t => {
  const { url } = await startServer(t, { cases: [], plant: () => ({ list: () => failure(404, 'no list') }) })
  const out = await folder(t)
  const junit = join(out, 'check.xml')
  const text = await runCli(['check', url, '--junit', junit])
  t.equal(text.code, 1)
  t.match(text.stdout, /^ {2}FAILED {3}list-empty-at-first /m)
  t.match(text.stderr, /modelhost: \d+ of \d+ cases failed: list-empty-at-first\.\n$/)
  t.match(await readFile(junit, 'utf8'), /<failure type="must" message="expected status 200, came 404 Not Found/)

  const json = await runCli(['check', url, '--json', '--only', 'list-empty-at-first', '--only', 'ping-200'])
  t.equal(json.code, 1)
  t.match(JSON.parse(json.stdout), { url, summary: { passed: 1, failed: 1, failedMust: 1, notRun: 0 } })

  const skipped = await runCli(['check', url, '--skip', 'list-empty-at-first', '--must'])
  t.equal(skipped.code, 0)
  t.match(skipped.stdout, /^ {2}not run {2}list-empty-at-first +left out by --skip\.$/m)
  t.notMatch(skipped.stdout, 'keep-alive', 'which is no must')
})

t.test('a container that is in use is refused, and left alone where that is allowed', async t => {
  const { url, loaded } = await startServer(t)
  const body = JSON.stringify({ model_name: 'theirs', url: artifacts.model })
  t.equal((await fetch(`${url}/models`, { method: 'POST', body })).status, 200)
  const refused = await runCli(['check', url])
  t.match(refused, {
    code: 2,
    stdout: '',
    stderr: /has a model loaded \("theirs"\)\. Check a container that nobody uses/,
  })
  const beside = ['--model-url', artifacts.model, '--allow-loaded', '--strict', '--skip', 'list-empty-at-first']
  const allowed = await runCli(['check', url, ...beside])
  t.match(allowed, { code: 1, stderr: /\d+ of \d+ cases were not run: ping-while-invoking, / })
  t.same(loaded(), ['theirs'])
})

t.test('a signal stops a check, and what it has loaded is unloaded', async t => {
  let isAsked = () => {}
  const asked = new Promise<void>(resolve => {
    isAsked = resolve
  })
  // A model that thinks for ever.
  const { url, loaded } = await startServer(t, {
    cases: [],
    plant: () => ({
      invoke: () => {
        isAsked()
        return { status: 0, instead: 'nothing' }
      },
    }),
  })
  const body = join(await request(t, '{"text": "wind"}'), 'request.json')
  const only = ['--only', 'load-200', '--only', 'invoke-200']
  const child = startCli('check', url, '--model-url', artifacts.model, '--request', body, ...only)
  await asked
  t.equal(loaded().length, 1)
  child.kill('SIGINT')
  t.same(await once(child, 'close'), [1, null])
  t.same(loaded(), [])
})

t.test('who cannot be asked is told in a line', async t => {
  const empty = await folder(t)
  const free = createServer().listen(0)
  await once(free, 'listening')
  const { port } = free.address() as { port: number }
  free.close()
  await writeFile(join(empty, 'request.json'), '{}')
  const wrong: [string[], number, RegExp][] = [
    [[`http://127.0.0.1:${port}`], 1, /cannot be reached: refused \(.*ECONNREFUSED.*Is the container running\?/],
    [['localhost:8080'], 2, /"localhost:8080" is no URL of a container\. Write one as http/],
    [['http://h', '--only', 'nope'], 2, /--only nope is no case\. There are: ping-200, /],
    [['http://me:secret@h'], 2, /has a password in it\. Give a token by --token-file/],
    [['http://h/?a=b'], 2, /has more than the address\. Write it as http:\/\/h\./],
    [['http://h', '--timeout', '86401'], 2, /--timeout is "86401"\. Use 86400 at most/],
    [['http://h', '--model-url', ''], 2, /--model-url is empty\./],
    [
      ['http://h', '--model-url', '/a', '--request', join(empty, 'request.json'), '--accept', 'ä'],
      2,
      /--accept is "ä"\. Use a content type/,
    ],
    [['http://h', '--must', '--only', 'keep-alive'], 2, /No case is left/],
    [['http://h', '--only', 'ping-200', '--skip', 'ping-200'], 2, /No case is left/],
    [['http://h', '--fill', '3'], 2, /--fill needs --model-url, too\./],
    [['http://h', '--fill', 'x', '--model-url', '/a'], 2, /--fill is "x"/],
    [['http://h', '--single', '--model-url', '/a'], 2, /--model-url is of a container of many models/],
    [['http://h', '--type', 'text/csv'], 2, /--type and --accept are of a --request\./],
    [['http://h', '--model-url', '/a', '--request', join(empty, 'no.json')], 2, /no\.json cannot be read \(.*ENOENT/],
    [['http://h', '--junit', join(empty, 'no', 'check.xml')], 2, /--junit .* is in a folder that does not exist/],
  ]
  const outcomes = await Promise.all(wrong.map(([args]) => runCli(['check', ...args])))
  for (const [i, [args, code, message]] of wrong.entries()) {
    t.match(outcomes[i], { code, stdout: '', stderr: message }, args.join(' '))
  }
})
