import { execFile } from 'node:child_process'
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { sampleFolder } from '../../docs/tutorials/run/sample.js'
import { runTutorial } from '../../docs/tutorials/run/tutorial.js'

const dist = fileURLToPath(new URL('../../', import.meta.url))
const sample = (name: string) => fileURLToPath(new URL(name, sampleFolder))

/** Runs the tutorial as its page says, without the build before. */
const run = (args: string[], folder = dist) =>
  new Promise<{ code: number; stdout: string; stderr: string }>(resolve => {
    // Without tap's loader, which the environment hands on.
    const env = { ...process.env, NODE_OPTIONS: '' }
    execFile(
      process.execPath,
      [join(folder, 'docs/tutorials/run/main.js'), ...args],
      { env, cwd: folder },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    )
  })

t.test('the runner prints as many rows as it is asked for, and says how many more there are', async t => {
  const folder = t.testdir()
  const { code, stdout, stderr } = await run([
    sample('tweets_v2.csv'),
    sample('entities.jsonl'),
    folder,
    '--min-tweets',
    '4',
    '--rows',
    '2',
  ])
  t.equal(stderr, '')
  t.equal(code, 0)
  t.match(stdout, /^08-first-and-last\n {2}name .*\n {2}Tiger Woods .*\n {2}Barack Obama .*\n {2}\.\.\. 5 more\n\n/m)
  t.equal((await readdir(folder)).length, 16)
})

t.test('wrong usage is answered with the usage', async t => {
  for (const args of [
    ['a.csv', 'b.jsonl'],
    ['a', 'b', 'c', '--min-tweets', '0'],
  ]) {
    const { code, stderr } = await run(args)
    t.equal(code, 2)
    t.match(stderr, /^Usage: npm run tutorial -- TWEETS\.csv ENTITIES\.jsonl OUT/)
  }
})

t.test('what cannot be read is named, with the file that reads it', async t => {
  const folder = t.testdir({ 'other.csv': 'name,age\nAnn,3\n' })
  const ask = (tweets: string, entities = sample('entities.jsonl')) =>
    runTutorial({ tweets, entities, folder, minTweets: undefined, rowLimit: 1, print: () => {} })
  await t.rejects(ask('absent.csv'), { message: /^docs\/tutorials\/local\/02-load\.sql: .*absent\.csv/ })
  await t.rejects(ask(join(folder, 'other.csv')), { message: /^docs\/tutorials\/local\/02-load\.sql: .*id_str\|id/ })
  await t.rejects(ask(sample('tweets.csv'), join(folder, 'other.csv')), { message: /03-score\.sql: .*other\.csv/ })
  t.same(await readdir(folder), ['other.csv'])
})

t.test('without DuckDB and Vega the runner says what to install', async t => {
  const bare = await mkdtemp(join(tmpdir(), 'tutorial-'))
  t.teardown(() => rm(bare, { recursive: true }))
  await cp(join(dist, 'docs'), join(bare, 'docs'), { recursive: true })
  await cp(join(dist, 'cli/text.js'), join(bare, 'cli/text.js'))
  const { code, stderr } = await run(['a.csv', 'b.jsonl', 'out'], bare)
  t.equal(code, 1)
  t.match(stderr, /npm install @duckdb\/node-api vega vega-lite\n$/)
})
