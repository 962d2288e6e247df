import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, createReadStream, createWriteStream, existsSync, openSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startHost } from 'modelhost/testing'
import t, { type Test } from 'tap'
import { folder, pluginPath, probeArtifact } from '../helpers/artifacts.js'
import { startFaultProxy } from '../helpers/fault-proxy.js'
import { runCli, startCli } from '../helpers/run-cli.js'

/** `modelhost batch` as people and engines run it: killed, piped, spread, and against a host that fails. */

const command = fileURLToPath(new URL('../../../cli/modelhost.js', import.meta.url))
const plugin = ['--plugin', pluginPath('probe')]

/** A table of as many rows; each answer repeats its row, so that none can be lost, doubled or moved unseen. */
function* table(rows: number, words = 20) {
  yield 'id,text\n'
  for (let i = 0; i < rows; i++) yield `${i},"row ${i}, ${'word '.repeat(words)}"\n`
}

async function setUp(t: Test, rows: number, words?: number) {
  const artifact = await probeArtifact(t)
  const at = await folder(t)
  const [input, output] = [join(at, 'in.csv'), join(at, 'out.jsonl')]
  await pipeline(table(rows, words), createWriteStream(input))
  const args = ['batch', artifact, ...plugin, '--column', 'text', '--keep', 'id']
  return { artifact, at, input, output, args }
}

const linesOf = async (path: string) => (await readFile(path, 'utf8')).split('\n').slice(0, -1)
const areSame = async (a: string, b: string) => (await readFile(a)).equals(await readFile(b))

t.test('killed with -9 time and again, it goes on to the bytes of an unbroken run', async t => {
  const { at, input, output, args } = await setUp(t, 30_000)
  const whole = join(at, 'whole.jsonl')
  t.match(await runCli([...args, '--input', input, '--output', whole]), { code: 0, stdout: /30000 rows .* none bad/ })
  let kills = 0
  for (let code: number | null = null; code !== 0; ) {
    const child = startCli(...args, '--input', input, '--output', output, '--resume')
    child.stderr.resume()
    const ended = once(child, 'close') as Promise<[number | null]>
    const before = await sizeOf(output)
    // Once it has written something of its own, and at another moment each time.
    const killed = (async () => {
      while (child.exitCode === null && (await sizeOf(output)) <= before) await pause(2)
      await pause(kills * 7)
      if (child.exitCode === null) child.kill('SIGKILL')
    })()
    ;[code] = await ended
    await killed
    if (code !== 0) kills++
    if (kills === 8) {
      t.match(await runCli([...args, '--input', input, '--output', output, '--resume']), { code: 0 })
      break
    }
  }
  t.comment(`killed ${kills} times`)
  t.ok(kills > 1)
  t.ok(await areSame(output, whole))
  t.same((await readdir(at)).toSorted(), ['in.csv', 'out.jsonl', 'whole.jsonl'])
})

const sizeOf = (path: string) =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  )

t.test('the memory is that of a window, not of the file, and nothing is lost where the reader is slow', async t => {
  const { input, args } = await setUp(t, 100_000, 200)
  const child = startCli(...args, '--input', input)
  const complaints: Buffer[] = []
  child.stderr.on('data', chunk => complaints.push(chunk))
  await once(child.stdout, 'readable')
  // Nobody reads: what is asked for ahead is bounded, whatever there is.
  await pause(4000)
  const held = await peakOf(child.pid!)
  let rows = 0
  let peak = 0
  let rest = ''
  let isInOrder = true
  for await (const chunk of child.stdout) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop()!
    for (const line of lines) if (!line.startsWith(`{"id":"${rows++}","prediction":{"text":"row`)) isInOrder = false
    if (rows % 64 === 0) peak = (await peakOf(child.pid!)) || peak
  }
  t.equal(rows, 100_000)
  t.ok(isInOrder)
  t.equal(child.exitCode ?? (await once(child, 'close'))[0], 0, String(Buffer.concat(complaints)))
  t.comment(`peak: ${held} MB while nobody read, ${peak} MB in all, of ${Math.round((await sizeOf(input)) / 1e6)} MB`)
  t.ok(held < 450, `${held} MB`)
  t.ok(peak < 450, `${peak} MB`)
})

/** The most memory that a process had so far, in MB. */
async function peakOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1000)
}

t.test('a host that is busy, drops connections and comes back loses and doubles nothing', async t => {
  const { artifact, input, output, args } = await setUp(t, 40_000)
  const host = await startHost(t, { plugins: [pluginPath('probe')], lanes: 1, queueLimit: 2 })
  await host.load('m', artifact)
  const proxy = await startFaultProxy(t, host)
  const busy = { kind: 'answer', status: 503, headers: { 'retry-after': '0' }, body: 'busy' } as const
  const faults = [
    busy,
    { kind: 'reset' },
    { kind: 'lose' },
    { kind: 'truncate', after: 50 },
    { kind: 'shorten' },
  ] as const
  let asked = 0
  let isAway = false
  proxy.onRequest = () => {
    asked++
    if (asked % 4 === 0) proxy.next('/models/m/invoke', faults[(asked / 4) % faults.length]!)
    if (asked !== 16) return
    isAway = true
    void proxy.leave().then(() => setTimeout(() => void proxy.comeBack(), 500))
  }
  const { code, stderr } = await runCli([
    ...['batch', proxy.url, '--model', 'm', '--input', input, '--output', output],
    ...['--column', 'text', '--keep', 'id', '--parallel', '4', '--retry-seconds', '20'],
  ])
  t.equal(code, 0, stderr)
  t.ok(isAway)
  t.comment(`${asked} requests`)
  const own = `${output}.own`
  await runCli([...args, '--input', input, '--output', own])
  t.equal((await linesOf(own)).length, 40_000)
  t.ok(await areSame(output, own))
})

t.test('--model is a part of the path, whatever is in its name and in the URL', async t => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url!)
    response.end('1\n')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  for (const url of [host, `${host}/base//?key=1`]) {
    t.match(await runCli(['batch', url, '--model', 'a/b ü'], '"x"\n'), { code: 0, stdout: '1\n' })
  }
  t.same(asked, ['/models/a%2Fb%20%C3%BC/invoke', '/base/models/a%2Fb%20%C3%BC/invoke?key=1'])
})

t.test('rows that end their thread have errors in their places, all others their answers', async t => {
  const artifact = await probeArtifact(t)
  const actions = new Map([
    [100, 'exit'],
    [1500, 'exit'],
    [1501, 'exit'],
    [2999, 'throw'],
  ])
  const lines = Array.from({ length: 3000 }, (_, i) => JSON.stringify({ text: `${i}`, action: actions.get(i) }))
  const { code, stdout, stderr } = await runCli(['batch', artifact, ...plugin], `${lines.join('\n')}\n`)
  t.equal(code, 0)
  const answers = stdout.split('\n').slice(0, -1)
  t.equal(answers.length, 3000)
  for (const [i, answer] of answers.entries()) {
    if (actions.has(i)) t.match(answer, /^\{"error":\{"code":"(LANE_CRASHED|PREDICT_FAILED)"/)
    else if (answer !== `{"text":"${i}","lane":0}`) t.fail(`row ${i}: ${answer}`)
  }
  t.match(stderr, /3000 rows .*, 4 bad: LANE_CRASHED 3 \(rows 101, 1501, 1502\); PREDICT_FAILED 1 \(row 3000\)/)
  const strict = await runCli(['batch', artifact, ...plugin, '--strict'], '{"text": 5}\n')
  t.match(strict, { code: 1, stdout: /^\{"error".*\n$/ })
})

t.test(
  'a stdout without room ends it, and it says so',
  { skip: !existsSync('/dev/full') && 'there is no /dev/full' },
  async t => {
    const { input, args } = await setUp(t, 5)
    const full = openSync('/dev/full', 'w')
    t.teardown(() => closeSync(full))
    const child = spawn(process.execPath, [command, ...args, '--input', input], { stdio: ['ignore', full, 'pipe'] })
    const said = text(child.stderr!)
    t.same(await once(child, 'close'), [1, null])
    t.match(await said, /^modelhost: stdout cannot be written \(.*ENOSPC/)
  },
)

t.test('split and xargs spread it; a reader that leaves ends it quietly; a signal says how to go on', async t => {
  const { artifact, at, input, output, args } = await setUp(t, 20_000)
  const lines = join(at, 'in.jsonl')
  await pipeline(
    createReadStream(input, 'utf8'),
    async function* (texts) {
      let all = ''
      for await (const text of texts) all += text
      for (const line of all.split('\n').slice(1, -1)) yield `${line.slice(line.indexOf(',') + 1)}\n`
    },
    createWriteStream(lines),
  )
  const sh = (script: string) =>
    promisify(execFile)('sh', ['-c', script, 'sh', command, artifact, ...plugin], { cwd: at })
  await sh(`split -l 6000 in.jsonl part- && ls part-?? | xargs -P 2 -I{} sh -c '"$0" batch "$@" < {} > {}.out' "$@"`)
  await sh('cat part-??.out > spread.jsonl; "$1" batch "$2" "$3" "$4" < in.jsonl > whole.jsonl')
  t.equal((await linesOf(join(at, 'whole.jsonl'))).length, 20_000)
  t.ok(await areSame(join(at, 'spread.jsonl'), join(at, 'whole.jsonl')))

  const { stdout, stderr } = await sh('{ "$1" batch "$2" "$3" "$4" < in.jsonl; echo $? >&2; } | head -n 1')
  t.match(stdout, /^\{"text":"row 0, .*\n$/)
  t.equal(stderr, '0\n')

  const child = startCli(...args, '--input', input, '--output', output)
  let said = ''
  child.stderr.on('data', chunk => {
    said += chunk
  })
  const ended = once(child, 'close')
  while ((await sizeOf(output)) === 0) await pause(2)
  child.kill('SIGTERM')
  t.same(await ended, [1, null])
  t.match(said, /modelhost: Stopped by SIGTERM after \d+ rows\. --resume goes on with it\.\n$/)
})
