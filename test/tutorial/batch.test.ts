import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'csv-parse/sync'
import t from 'tap'
import { listSteps, openDatabase } from '../../docs/tutorials/run/database.js'
import { sampleFolder } from '../../docs/tutorials/run/sample.js'
import { runCli } from '../helpers/run-cli.js'

interface Entity {
  text: string
  label: string
  start: number
  end: number
  score: number
}

const labels = ['PER', 'ORG', 'LOC']

t.test('the names that the shipped model finds in the sample answer every question', async t => {
  const tweets = fileURLToPath(new URL('tweets.csv', sampleFolder))
  const folder = t.testdir()
  const entities = join(folder, 'entities.jsonl')
  const page = await readFile(new URL('../trump-tweets.md', sampleFolder), 'utf8')
  const command = 'batch ner:en --input tweets.csv --column text --keep id_str --output entities.jsonl'
  t.ok(page.includes(`\nnpx modelhost ${command}\n`), 'it is the command of the page')

  const paths: Record<string, string> = { 'tweets.csv': tweets, 'entities.jsonl': entities }
  const { code, stderr } = await runCli(command.split(' ').map(word => paths[word] ?? word))
  t.equal(code, 0, stderr)

  const rows: Record<string, string>[] = parse(await readFile(tweets), { columns: true })
  const lines = (await readFile(entities, 'utf8')).trimEnd().split('\n')
  const answers: Record<string, unknown>[] = lines.map(line => JSON.parse(line))
  t.same(
    answers.map(answer => answer['id_str']),
    rows.map(row => row['id_str']),
    'a line for each row, in their order',
  )
  const wrong = answers.flatMap(({ prediction }, i) => {
    const text = rows[i]!['text']!
    let last = 0
    return (prediction as Entity[]).filter(({ start, end, ...found }) => {
      const isRight = start >= last && found.text === text.slice(start, end) && labels.includes(found.label)
      last = end
      return !isRight || !(found.score >= 0 && found.score <= 1)
    })
  })
  t.same(wrong, [], 'each is where it is said to be')

  const database = await openDatabase()
  t.teardown(() => database.close())
  await database.setVariable('tweets', tweets)
  await database.setVariable('entities', entities)
  await database.setVariable('min_tweets', 3)
  for (const step of await listSteps()) {
    const { rows } = await database.runStep(step)
    t.ok(rows.length > 0, step)
    if (step === '04-new-rows') t.same(rows, [[94, 94, 0]])
  }
})
