import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { listSteps, openDatabase, type Table } from '../../docs/tutorials/run/database.js'
import { makeSample, sampleFolder } from '../../docs/tutorials/run/sample.js'
import { expectAnswers } from './expected.js'

const sample = (name: string) => fileURLToPath(new URL(name, sampleFolder))
const minTweets = 3

/** A database with the variables that the files read; closed with the test. */
async function open(t: Test, tweets: string, entities: string) {
  const database = await openDatabase()
  t.teardown(() => database.close())
  await database.setVariable('tweets', tweets)
  await database.setVariable('entities', entities)
  await database.setVariable('min_tweets', minTweets)
  return database
}

t.test('the files of the sample are as its marks say', async t => {
  for (const [name, text] of Object.entries(await makeSample()))
    t.equal(await readFile(sample(name), 'utf8'), text, name)
})

for (const [file, key] of [
  ['tweets.csv', 'id_str'],
  ['tweets_v2.csv', 'id'],
] as const) {
  t.test(`every question about ${file} is answered as the marks say`, async t => {
    // What a batch keeps is named as the column is.
    const lines = await readFile(sample('entities.jsonl'), 'utf8')
    const entities = join(t.testdir(), 'entities.jsonl')
    await writeFile(entities, lines.replaceAll('"id_str":', `"${key}":`))
    const database = await open(t, sample(file), entities)
    const answers: Record<string, Table> = {}
    for (const step of await listSteps()) answers[step] = await database.runStep(step)

    t.same(answers['01-database']!.rows, [[0]])
    t.same(answers['02-load']!.rows, [[94, 4, '2013-01-07 15:12:00', '2018-01-12 13:48:00']])
    t.same(answers['03-score']!.rows, [[94, 0]])
    t.same(answers['04-new-rows']!.rows, [[94, 94, 0]])
    t.same(answers['06-entities']!.columns, ['label', 'entities', 'names'])
    const expected = await expectAnswers(minTweets)
    t.same(Object.keys(expected), (await listSteps()).slice(6))
    for (const [step, rows] of Object.entries(expected)) t.same(answers[step]!.rows, rows, step)
  })
}

t.test('an alias is in capital letters, and stands for one name', async t => {
  const database = await open(t, sample('tweets.csv'), sample('entities.jsonl'))
  await database.runStep('05-aliases')
  const aliases = await database.run('SELECT spelling, UPPER(spelling), COUNT(*) FROM aliases GROUP BY spelling')
  t.ok(aliases.rows.length > 50)
  for (const [spelling, upper, count] of aliases.rows) t.same([spelling, count], [upper, 1])
})

t.test('hours, days, weeks and years are those of New York, also where its clocks change', async t => {
  const database = await open(t, sample('tweets.csv'), sample('entities.jsonl'))
  for (const step of (await listSteps()).slice(0, 6)) await database.runStep(step)
  const local = async (utc: string) =>
    (
      await database.run(
        `SELECT posted_at FROM own_tweets JOIN tweets USING (id) WHERE created_at = TIMESTAMP '${utc}'`,
      )
    ).rows.flat()
  t.same(await local('2016-01-01 04:59:59'), ['2015-12-31 23:59:59'], 'the old year')
  t.same(await local('2016-01-01 05:00:00'), ['2016-01-01 00:00:00'], 'the new year')
  t.same(await local('2016-03-13 06:59:59'), ['2016-03-13 01:59:59'], 'winter time')
  t.same(await local('2016-03-13 07:00:00'), ['2016-03-13 03:00:00'], 'a second later')
  t.same(await local('2016-11-06 05:30:00'), ['2016-11-06 01:30:00'], 'summer time')
  t.same(await local('2016-11-06 06:30:00'), ['2016-11-06 01:30:00'], 'an hour later')
})

t.test('both files of the archive together have each tweet once, with the higher counts', async t => {
  const newer = join(t.testdir(), 'newer.csv')
  const text = await readFile(sample('tweets_v2.csv'), 'utf8')
  await writeFile(newer, text.replace('Twitter for iPhone,2150,525,', 'Twitter for iPhone,2200,520,'))

  const database = await open(t, sample('tweets.csv'), sample('entities.jsonl'))
  await database.runStep('01-database')
  await database.runStep('02-load')
  await database.setVariable('tweets', newer)
  t.equal((await database.runStep('02-load')).rows[0]![0], 94)
  const counts = await database.run('SELECT favorites, retweets FROM tweets ORDER BY created_at DESC LIMIT 1')
  t.same(counts.rows, [[2200, 525]])
})

t.test('a later batch adds its answers, and replaces errors but nothing else', async t => {
  const lines = (await readFile(sample('entities.jsonl'), 'utf8')).trimEnd().split('\n')
  const failed = JSON.stringify({ id_str: JSON.parse(lines[1]!).id_str, error: { code: 'INTERNAL', message: 'Away.' } })
  const first = join(t.testdir({ 'first.jsonl': [lines[0], failed, ...lines.slice(2, 50)].join('\n') }), 'first.jsonl')

  const database = await open(t, sample('tweets.csv'), first)
  for (const step of ['01-database', '02-load', '03-score']) await database.runStep(step)
  t.same((await database.runStep('04-new-rows')).rows, [[94, 50, 1]])
  await database.run(`UPDATE scored SET entities = '[]' WHERE id = 9000000000000000001`)
  await database.setVariable('entities', sample('entities.jsonl'))
  t.same((await database.runStep('04-new-rows')).rows, [[94, 94, 0]])
  const kept = await database.run('SELECT entities FROM scored ORDER BY id LIMIT 2')
  t.same(kept.rows[0], ['[]'])
  t.match(kept.rows[1]![0], /Serena Williams/)
})

t.test('answers that err now and then do no harm', async t => {
  const id = (n: number) => String(9_000_000_000_000_000_000n + BigInt(n))
  const entity = (text: string, label: string) => ({ text, label, start: 0, end: text.length, score: 0.5 })
  const lines = [
    { id_str: id(1), prediction: [entity('Scotland', 'LOC'), entity('Scotland', 'LOC')] },
    { id_str: id(2), prediction: [entity('SCOTLAND', 'PER'), entity(`O'Neill "Jr"`, 'PER')] },
    { id_str: id(2), prediction: [entity('SCOTLAND', 'PER'), entity(`O'Neill "Jr"`, 'PER')] },
    { id_str: id(3), prediction: [] },
    { id_str: '77', prediction: [entity('Nowhere', 'LOC')] },
    { id_str: id(4), error: { code: 'INTERNAL', message: 'Away.' } },
  ]
  const entities = join(t.testdir({ 'e.jsonl': lines.map(line => JSON.stringify(line)).join('\n') }), 'e.jsonl')
  const database = await open(t, sample('tweets.csv'), entities)
  for (const step of await listSteps()) await database.runStep(step)
  const mentions = await database.run('SELECT tweet_id, name, label FROM mentions ORDER BY tweet_id, name')
  t.same(mentions.rows, [
    [id(1), 'Scotland', 'LOC'],
    [id(2), `O'Neill "Jr"`, 'PER'],
    [id(2), 'Scotland', 'LOC'],
  ])
})
