import { readdir, readFile } from 'node:fs/promises'
import t from 'tap'

const tutorial = new URL('../../../docs/tutorials/', import.meta.url)
const read = async (dialect: string, name: string) => readFile(new URL(`${dialect}/${name}`, tutorial), 'utf8')

/** What Snowflake writes in another way than DuckDB, in the files that are the same but for it. */
const rewritten: [string | RegExp, string][] = [
  [/^SET min_tweets = (\d+);$/m, "SET VARIABLE min_tweets = COALESCE(GETVARIABLE('min_tweets'), $1);"],
  ['$min_tweets', "GETVARIABLE('min_tweets')"],
  [
    "CONVERT_TIMEZONE('UTC', 'America/New_York', created_at)",
    "created_at AT TIME ZONE 'UTC' AT TIME ZONE 'America/New_York'",
  ],
  [/e\.value:(text|label)::VARCHAR/g, "e.value ->> '$$.$1'"],
  [/e\.value:"?(start|end|score)"?::(\w+)/g, "CAST(e.value ->> '$$.$1' AS $2)"],
  ['LATERAL FLATTEN(INPUT => s.entities) AS e', 'JSON_EACH(s.entities) AS e'],
  ['IS_ARRAY(s.entities)', "JSON_TYPE(s.entities) = 'ARRAY'"],
]

t.test('each file for Snowflake has a local twin of the same name', async t => {
  const [snowflake, local] = await Promise.all(['sql/', 'local/'].map(folder => readdir(new URL(folder, tutorial))))
  t.same(snowflake, local)
  t.equal(snowflake!.length, 14)
})

t.test(
  'questions are asked in the same words: what differs is how variables, time zones and JSON are written',
  async t => {
    const names = (await readdir(new URL('sql/', tutorial))).filter(name => name >= '05')
    for (const name of names) {
      const words = rewritten.reduce((text, [from, to]) => text.replace(from, to), await read('sql', name))
      t.equal(words, await read('local', name), name)
    }
  },
)

t.test('tables have the same columns in both dialects, and are merged by the same words', async t => {
  const columns = (sql: string) => {
    const table = /CREATE OR REPLACE TABLE tweets \(\n(.*?)\n\);/s.exec(sql)![1]!
    return [...table.matchAll(/^ {2}(\w+) /gm)].map(match => match[1])
  }
  t.same(columns(await read('sql', '01-database.sql')), columns(await read('local', '01-database.sql')))
  const merge = (sql: string) => sql.slice(sql.indexOf('-- A tweet that is there already'))
  t.equal(merge(await read('sql', '02-load.sql')), merge(await read('local', '02-load.sql')))
})

t.test('the columns that COPY takes by number are those of the header', async t => {
  const copies = [
    ...(await read('sql', '02-load.sql')).matchAll(/COPY INTO loaded \((.+)\)\nFROM \(SELECT (.+) FROM @/g),
  ]
  for (const [i, file] of ['tweets.csv', 'tweets_v2.csv'].entries()) {
    const header = (await read('sample', file)).split('\n')[0]!.split(',')
    const [targets, numbers] = copies[i]!.slice(1).map(list => list.split(', '))
    const sources = numbers!.map(number => header[Number(number.slice('t.$'.length)) - 1])
    t.same(
      Object.fromEntries(targets!.map((target, n) => [target, sources[n]])),
      [
        {
          id: 'id_str',
          created_at: 'created_at',
          text: 'text',
          device: 'source',
          is_retweet: 'is_retweet',
          retweets: 'retweet_count',
          favorites: 'favorite_count',
        },
        {
          id: 'id',
          created_at: 'date',
          text: 'text',
          device: 'device',
          is_retweet: 'isRetweet',
          retweets: 'retweets',
          favorites: 'favorites',
        },
      ][i],
    )
  }
})
