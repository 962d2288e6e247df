import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { joinCsvRow } from '../../../core/csv.js'
import { readLines } from '../../../plugins/_text/text-files.js'
import { type Mark, readMarkedTweets } from './read.js'

const committed = 'test/quality/marks/trump-dev.jsonl'
const text = '🚂 Ada Lovelace, "at home",\nin London'
const ada = { start: 3, end: 15, label: 'PER' }
const london = { start: 31, end: 37, label: 'LOC' }
const hash = (of: string) => createHash('sha256').update(of).digest('hex')
const markOf = (changes: object) => ({ id: '18', text_sha256: hash(text), entities: [ada, london], ...changes })

function write(t: Test, marks: readonly (object | string)[], rows: readonly (readonly string[])[]) {
  const lines = marks.map(mark => (typeof mark === 'string' ? mark : JSON.stringify(mark)))
  const csv = [['source', 'text', 'id_str'], ...rows.map(([id, text]) => ['web', text!, id!])]
  const files = {
    'marks.jsonl': `${lines.join('\n')}\n`,
    'tweets.csv': csv.map(row => `${joinCsvRow(row)}\n`).join(''),
  }
  const folder = t.testdir(files)
  return { marks: join(folder, 'marks.jsonl'), archive: join(folder, 'tweets.csv'), csv: files['tweets.csv'] }
}

t.test('marks find their tweets by id and come in their own order', async t => {
  const other = { id: '19', text_sha256: hash('nobody'), entities: [] }
  const rows = [
    ['17', 'not wanted'],
    ['18', text],
    ['19', 'nobody'],
  ]
  const { marks, archive, csv } = write(t, [other, markOf({})], rows)
  const tweets = await readMarkedTweets(marks, archive)
  t.same(tweets, [
    { id: '19', text: 'nobody', entities: [] },
    { id: '18', text, entities: [ada, london] },
  ])
  const surfaces = tweets[1]!.entities.map(({ start, end }) => text.slice(start, end))
  t.same(surfaces, ['Ada Lovelace', 'London'])

  await writeFile(`${archive}.gz`, gzipSync(csv))
  t.same(await readMarkedTweets(marks, `${archive}.gz`), tweets, 'packed as well')
})

t.test('an archive that lacks tweets, has other texts or no ids is refused by name', async t => {
  const read = (rows: readonly (readonly string[])[]) => {
    const { marks, archive } = write(t, [markOf({})], rows)
    return readMarkedTweets(marks, archive)
  }
  const lacking = /tweets\.csv lacks 1 of the 1 tweets of marks\.jsonl \(first: 18\)/
  await t.rejects(read([['17', text]]), { message: lacking })
  await t.rejects(read([['18', `${text} `]]), { message: /The text of tweet 18 in tweets\.csv is not the one/ })
  const { marks, archive } = write(t, [markOf({})], [])
  await writeFile(archive, 'id,text\n18,a\n')
  await t.rejects(readMarkedTweets(marks, archive), { message: /has no column "id_str"/ })
})

t.test('a line that is no mark is refused with its number and what is wrong', async t => {
  const cases: [object | string, RegExp][] = [
    ['{"id":', /^Line 2 of marks\.jsonl is no JSON/],
    [markOf({ id: 18 }), /^Line 2 of marks\.jsonl: id must be /],
    [markOf({ id: '17', entities: [{ ...ada, label: 'MISC' }] }), /entities\[0\]\.label must be /],
    [markOf({ id: '17', entities: [{ ...ada, end: 3 }] }), /the entity from 3 to 3 is empty/],
    [markOf({ id: '17', entities: [london, ada] }), /the entity from 3 to 15 is empty or not behind the last/],
    [markOf({}), /^Line 2 of marks\.jsonl marks tweet 18 a second time/],
  ]
  for (const [second, message] of cases) {
    const { marks, archive } = write(t, [markOf({}), second], [['18', text]])
    await t.rejects(readMarkedTweets(marks, archive), { message })
  }
  const far = { ...london, end: 38 }
  const { marks, archive } = write(t, [markOf({ entities: [far] })], [['18', text]])
  await t.rejects(readMarkedTweets(marks, archive), { message: /tweet 18 ends before its last entity/ })
})

t.test('the committed marks are one hundred, and hold no text', async t => {
  const lines: string[] = []
  for await (const some of readLines(committed, problem => new Error(problem))) lines.push(...some)
  const marks = lines.map(line => JSON.parse(line) as Mark)
  t.equal(marks.length, 100)
  t.strictSame([...new Set(marks.map(mark => Object.keys(mark).join()))], ['id,text_sha256,entities'])
  t.strictSame(
    [...new Set(marks.flatMap(mark => mark.entities).map(one => Object.keys(one).join()))],
    ['start,end,label'],
  )
  const { archive } = write(t, [], [])
  await t.rejects(readMarkedTweets(committed, archive), { message: /lacks 100 of the 100 tweets of trump-dev\.jsonl/ })
})
