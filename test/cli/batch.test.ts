import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { Type } from 'modelhost'
import { startHost } from 'modelhost/testing'
import t from 'tap'
import { identifyArtifact, identifyInput } from '../../cli/batch/identity.js'
import { planInput } from '../../cli/batch/input.js'
import type { AskedModel } from '../../cli/batch/own-model.js'
import { type BatchJob, runBatch } from '../../cli/batch/run.js'
import { batchCommand } from '../../cli/batch.js'
import { folder, pluginPath, probeArtifact } from '../helpers/artifacts.js'
import { startCli } from '../helpers/run-cli.js'
import { silentLog } from '../helpers/silent-log.js'

const plugins = [pluginPath('probe')]

interface Given {
  readonly signal?: AbortSignal
  /** The host's that it is, unless the test has another. */
  readonly model?: AskedModel
}

function run(job: Partial<BatchJob>, { signal = new AbortController().signal, model }: Given = {}) {
  const target = { folder: 'none', lanes: 2, plugins }
  const given = { target, input: undefined, format: undefined, delimiter: undefined, columns: [], keep: undefined }
  const nothing = { output: undefined, resume: false, force: false }
  const tools = { log: silentLog, progress: () => {}, signal, isDebug: false }
  return runBatch({ ...given, ...nothing, ...job }, tools, ...(model ? [async () => model] : []))
}

/** A model that answers a row with the row, 5 with an error. */
const echo: AskedModel = {
  ask: async body => {
    const lines = body.toString().split('\n')
    const answers = lines.map(line => (line === '5' ? '{"error":{"code":"A","message":"five"}}\n' : `${line}\n`))
    return { body: Buffer.from(answers.join('')), predictMs: 0.1 }
  },
  atOnce: 2,
  schema: Type.Object({ text: Type.String() }),
  mayFailTogether: false,
  identify: async () => ({ plugin: 'Echo' }),
  close: async () => {},
}

t.test('as a filter it answers each line as it comes', async t => {
  const child = startCli('batch', await probeArtifact(t), '--plugin', plugins[0]!, '--lanes', '1')
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]()
  const complaints = text(child.stderr)
  const ask = async (line: string) => {
    child.stdin.write(`${line}\n`)
    return JSON.parse((await answers.next()).value)
  }
  t.same(await ask('{"text": "a"}'), { text: 'a', lane: 0 })
  t.same(await ask('"b"'), { text: 'b', lane: 0 })
  t.match(await ask('{"tex'), { error: { code: 'REQUEST_INVALID', message: /not valid JSON/ } })
  t.match(await ask(''), { error: { code: 'REQUEST_INVALID', message: 'The line is blank.' } })
  t.match(await ask('{"text": 5}'), { error: { code: 'REQUEST_INVALID', message: /^text must be a string/ } })
  child.stdin.end('"the last, without an end of its line"')
  t.match(JSON.parse((await answers.next()).value), { text: 'the last, without an end of its line' })
  t.same(await once(child, 'close'), [0, null])
  t.match(await complaints, /^.* warn {2}6 rows in .*, 3 bad: REQUEST_INVALID 3 \(rows 3, 4, 5\)\n$/)
})

t.test('a batch by URL gives what one of an artifact gives; bad rows harm no others', async t => {
  const artifact = await probeArtifact(t)
  const rows = Array.from({ length: 100 }, (_, i) => `${i},"Text\n${i}",${i === 30 ? 'throw' : ''}`)
  const at = await folder(t, { 'in.csv.gz': gzipSync(`id,text,action\n${rows.join('\n')}\n`) })
  const job = { input: join(at, 'in.csv.gz'), keep: ['id'] }
  const own = await run({ ...job, target: { folder: artifact, lanes: 1, plugins }, output: join(at, 'own.jsonl') })
  t.match(own, { rows: 100, bad: 1, resumedRows: 0, errors: { PREDICT_FAILED: { count: 1, first: [31] } } })
  const lines = (await readFile(join(at, 'own.jsonl'), 'utf8')).split('\n')
  t.equal(lines[0], '{"id":"0","prediction":{"text":"Text\\n0","lane":0}}')
  t.match(JSON.parse(lines[30]!), { id: '30', error: { code: 'PREDICT_FAILED' } })
  t.equal(lines.length, 101)

  const host = await startHost(t, { plugins, lanes: 1 })
  await host.load('m', artifact)
  const target = { url: new URL(`${host.url}/models/m/invoke`), atOnce: 3, patienceMs: 1000 }
  await run({ ...job, target, columns: ['text=text', 'action=action'], output: join(at, 'url.jsonl') })
  const alike = (line: string) => line.replace(/"message".*/, '')
  const asked = (await readFile(join(at, 'url.jsonl'), 'utf8')).split('\n')
  t.same(asked.map(alike), lines.map(alike))
  t.same((await readdir(at)).toSorted(), ['in.csv.gz', 'own.jsonl', 'url.jsonl'])
})

t.test('what was stopped goes on to the same bytes, and only with the same', async t => {
  const at = await folder(t, { 'in.jsonl': Array.from({ length: 5000 }, (_, i) => `${i}`).join('\n') })
  const [input, output] = [join(at, 'in.jsonl'), join(at, 'out.jsonl')]
  const batch = (job: Partial<BatchJob>, given: Given = {}) => run({ input, output, ...job }, { model: echo, ...given })
  const done = { rows: 5000, bad: 1, errors: { A: { count: 1, first: [6] } } }
  t.match(await batch({}), { ...done, resumedRows: 0 })
  const whole = await readFile(output)
  await t.rejects(batch({}), { exitCode: 2, message: /is there already\. --force replaces it/ })
  await t.rejects(batch({ resume: true }), { exitCode: 2, message: /it is complete, or no output/ })

  const stop = new AbortController()
  let asked = 0
  const ask: AskedModel['ask'] = (body, rows) => {
    if (++asked === 5) stop.abort(new Error('SIGINT'))
    return echo.ask(body, rows)
  }
  const stopped = { exitCode: 1, message: /^Stopped by SIGINT after \d+ rows\. --resume goes on with it\.$/ }
  await t.rejects(batch({ force: true }, { signal: stop.signal, model: { ...echo, ask } }), stopped)
  await t.rejects(batch({}), { message: /is there already\. --resume goes on with it, --force replaces it/ })
  for (const [other, part] of [
    [() => batch({ resume: true, keep: ['a'] }), 'choice of columns'],
    [() => batch({ resume: true }, { model: { ...echo, identify: async () => ({ plugin: 'Other' }) } }), 'model'],
  ] as const) {
    await t.rejects(other(), {
      exitCode: 2,
      message: new RegExp(`was begun with another ${part}\\. Go on with that one`),
    })
  }
  // As it is left by kill -9.
  await truncate(output, 21)
  t.match(await batch({ resume: true }), { ...done, resumedRows: 5 }, 'the line that was torn is answered anew')
  t.same(await readFile(output), whole)
  t.same(await readdir(at), ['in.jsonl', 'out.jsonl'])

  await t.rejects(batch({ force: true }, { signal: AbortSignal.abort(new Error('SIGTERM')) }), {
    message: 'Stopped by SIGTERM after 0 rows.',
  })
  t.same(await readdir(at), ['in.jsonl'], 'what nothing is in is not left')
  await writeFile(`${output}.state`, '{"input": {}}')
  t.match(await batch({ resume: true }), { resumedRows: 0 }, 'stopped before there was an output')
})

t.test('an input and an artifact are known by what is in them', async t => {
  const bytes = Buffer.alloc(3 << 20, 'row\n')
  const inputOf = async (at: number | undefined) => {
    const content = Buffer.from(bytes)
    if (at !== undefined) content[at] = 0x78
    const input = join(await folder(t, { 'in.csv': content }), 'in.csv')
    const plan = await planInput(input, { format: undefined, delimiter: undefined })
    return JSON.stringify(await identifyInput({ ...plan, path: input, bytes: plan.bytes! }))
  }
  const same = await inputOf(undefined)
  t.equal(await inputOf(undefined), same)
  for (const at of [0, (1 << 20) - 1, 2 << 20, bytes.length - 1]) t.not(await inputOf(at), same, `byte ${at}`)

  const artifact = await probeArtifact(t, { greeting: 'a' })
  const known = await identifyArtifact(artifact)
  t.same(await identifyArtifact(await probeArtifact(t, { greeting: 'a' })), known)
  t.notSame(await identifyArtifact(await probeArtifact(t, { greeting: 'b' })), known)
})

t.test('an output is written by one run at a time', async t => {
  const at = await folder(t, { 'in.jsonl': Array.from({ length: 5000 }, (_, i) => `${i}`).join('\n') })
  const [input, output] = [join(at, 'in.jsonl'), join(at, 'out.jsonl')]
  const batch = (job: Partial<BatchJob>, model = echo) => run({ input, output, ...job }, { model })
  const others: Promise<unknown>[] = []
  const refused = { exitCode: 2, message: /out\.jsonl is being written by process \d+\. .*out\.jsonl\.lock/ }
  const ask: AskedModel['ask'] = async (body, rows) => {
    if (others.length === 0) {
      others.push(t.rejects(batch({ resume: true }), refused), t.rejects(batch({ force: true }), refused))
      await Promise.all(others)
    }
    return echo.ask(body, rows)
  }
  // It looked before there was an output, and its model was there after it was complete.
  const late = async () => {
    t.match(await batch({}, { ...echo, ask }), { rows: 5000, resumedRows: 0 })
    return { plugin: 'Echo' }
  }
  await t.rejects(batch({}, { ...echo, identify: late }), { exitCode: 2, message: /is there already\. --force/ })
  t.equal(others.length, 2)
  t.same(await readdir(at), ['in.jsonl', 'out.jsonl'])

  const child = spawn(process.execPath, ['--version'])
  await once(child, 'close')
  for (const owner of [
    { pid: child.pid, host: hostname() },
    { pid: 1, host: 'another' },
    { pid: process.pid, host: hostname() },
  ]) {
    await writeFile(`${output}.lock`, JSON.stringify(owner))
    t.match(await batch({ force: true }), { rows: 5000 }, 'what a killed run left keeps nobody off')
  }
  await writeFile(`${output}.lock`, JSON.stringify({ pid: process.ppid, host: hostname() }))
  await t.rejects(batch({ force: true }), refused)
})

t.test('what others do to an output ends the work, and is theirs', async t => {
  const at = await folder(t, { 'in.jsonl': Array.from({ length: 5000 }, (_, i) => `${i}`).join('\n') })
  const [input, output] = [join(at, 'in.jsonl'), join(at, 'out.jsonl')]
  for (const [doIt, message] of [
    [() => appendFile(output, 'theirs\n'), /out\.jsonl was written by others meanwhile\. --force begins anew/],
    [() => rm(output), /out\.jsonl was removed by others meanwhile/],
  ] as const) {
    const ask: AskedModel['ask'] = async (body, rows) => {
      if (body.includes('4999')) await doIt()
      return echo.ask(body, rows)
    }
    await t.rejects(run({ input, output, force: true }, { model: { ...echo, ask } }), { exitCode: 1, message })
  }
  const first: AskedModel['ask'] = async (body, rows) => {
    await appendFile(output, 'theirs\n')
    return echo.ask(body, rows)
  }
  await t.rejects(run({ input, output, force: true }, { model: { ...echo, ask: first } }), {
    exitCode: 1,
    message: /written by others/,
  })
  t.match(await readFile(output, 'utf8'), /theirs/)
})

t.test('wrong usage is told before anything is done', async t => {
  const cases: [string, RegExp][] = [
    ['http://127.0.0.1:1', /needs the name of a model, --model NAME, or the path where one predicts/],
    ['http://127.0.0.1:1/x --lanes 2', /--lanes is for an artifact, whose host is this process/],
    ['out --model m', /--model is for a host at a URL/],
    ['out --resume', /--resume needs a file: --output FILE/],
    ['out --output a --resume', /--resume reads the input again\. Name a file/],
    ['out --output a --resume --force', /Give one of them/],
    ['out --input no-such.csv', /--input no-such\.csv cannot be read/],
    ['out --input LICENSE', /--input LICENSE does not end with \.csv, \.tsv or \.jsonl.*--input-format csv/],
    ['out --input-format xml', /--input-format is "xml"\. Use csv, tsv or jsonl/],
    ['out --input-format csv --delimiter ab', /--delimiter is "ab"\. Use one character, or tab/],
    ['out --keep a,error', /"error" is a name that each line has of itself/],
    ['out --keep a,,b', /--keep: "" is empty or given twice/],
    ['out --lanes 0', /--lanes is "0"\. Use a whole number from 1 on/],
  ]
  for (const [args, message] of cases) {
    await t.rejects(batchCommand.parseAsync(args.split(' '), { from: 'user' }), { exitCode: 2, message }, args)
  }
})

t.test('a wrong column leaves no output behind, and no output replaces what is read', async t => {
  const at = await folder(t, { 'in.csv': 'a,b\n1,2\n', 'broken.csv': 'text\na\n"b\n' })
  const [input, output] = [join(at, 'in.csv'), join(at, 'out.jsonl')]
  const batch = (job: Partial<BatchJob>) => run({ input, output, ...job }, { model: echo })
  await t.rejects(batch({}), { exitCode: 2, message: /There is no column "text" \(in\.csv has: a, b\)/ })
  await t.rejects(batch({ output: input, force: true }), { exitCode: 2, message: /is what would be read/ })
  await t.rejects(batch({ output: `${output}.gz` }), { exitCode: 2, message: /Pack it later/ })
  await t.rejects(batch({ input: join(at, 'none.csv') }), { exitCode: 2, message: /none\.csv cannot be read/ })
  t.same((await readdir(at)).toSorted(), ['broken.csv', 'in.csv'])
  const broken = { exitCode: 1, message: /broken\.csv is no valid CSV at row 3/ }
  await t.rejects(batch({ input: join(at, 'broken.csv') }), broken)
})
