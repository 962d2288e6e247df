import { fileURLToPath } from 'node:url'
import t from 'tap'
import { train } from '../../core/host.js'
import { alignEntities } from '../../plugins/_text/entities/align.js'
import { createTextCutter } from '../../plugins/_text/entities/cut-text.js'
import { readSpanLines, type SpanText } from '../../plugins/_text/entities/span-lines.js'
import { folder } from '../helpers/artifacts.js'
import { linesLog } from '../helpers/lines-log.js'

/** The tweets that `modelhost init` gives a model of names to learn from, and to measure on. */

const data = new URL('../../../cli/workspace/files/data/', import.meta.url)
const files = {
  train: fileURLToPath(new URL('tweets.jsonl', data)),
  dev: fileURLToPath(new URL('tweets_dev.jsonl', data)),
}
const topics = ['life', 'local', 'music', 'politics', 'sport', 'tech', 'travel', 'work']
const cut = createTextCutter({ language: 'en', mode: 'tweets', split_hyphens: false })
const refuse = (problem: string) => new Error(problem)

async function read(path: string): Promise<SpanText[]> {
  const texts: SpanText[] = []
  for await (const text of readSpanLines({ path, unit: 'code_points', refuse })) texts.push(text)
  return texts
}

const countOf = (texts: readonly SpanText[], label: string) =>
  texts.flatMap(({ entities }) => entities).filter(entity => entity.label === label).length

t.test('there are enough tweets of each topic, with and without names of each kind', async t => {
  const [learned, measured] = [await read(files.train), await read(files.dev)]
  t.ok(learned.length >= 240, `${learned.length} to learn from`)
  t.ok(measured.length >= 60, `${measured.length} to measure on`)
  for (const [texts, least] of [
    [learned, 70],
    [measured, 18],
  ] as const) {
    const withNames = texts.filter(({ entities }) => entities.length > 0).length
    t.ok(withNames > texts.length / 2 && withNames < texts.length * 0.75, `${withNames} of ${texts.length} have names`)
    for (const label of ['PER', 'ORG', 'LOC']) t.ok(countOf(texts, label) >= least, label)
    t.same([...new Set(texts.flatMap(({ entities }) => entities.map(({ label }) => label)))].sort(), [
      'LOC',
      'ORG',
      'PER',
    ])
    t.same([...new Set(texts.map(({ source }) => source.value['topic']))].sort(), topics)
  }
})

t.test('no tweet is there twice, not even in other letters or with other signs', async t => {
  const all = [...(await read(files.train)), ...(await read(files.dev))]
  const bare = all.map(({ text }) => text.toLowerCase().replaceAll(/[^\p{L}\d]+/gu, ' '))
  t.same(
    bare.filter((text, i) => bare.indexOf(text) !== i),
    [],
  )
})

t.test('each name begins and ends as tokens do, and no mention, hashtag or link is one', async t => {
  for (const { text, entities, file, line } of [...(await read(files.train)), ...(await read(files.dev))]) {
    const { widened, dropped } = alignEntities(cut(text), entities)
    const names = entities.map(({ start, end }) => text.slice(start, end))
    t.same({ widened, dropped }, { widened: 0, dropped: 0 }, `line ${line} of ${file}`)
    t.same(
      names.filter(name => /[@#\n]|:\/\/|^\s|\s$|['’]s?$/u.test(name)),
      [],
      `line ${line} of ${file}`,
    )
  }
})

t.test(
  'a model learns from them in a moment, with the word tables of the package, and finds most names of the others',
  async t => {
    const { log, all } = linesLog()
    const figures: number[] = []
    await train({
      ...{
        plugin: 'NER',
        channels: files,
        params: { tables: 'en', hashtags: 'false' },
        output: await folder(t),
        threads: 1,
        log,
      },
      progress: step => void figures.push(step.figures?.['dev F1'] ?? 0),
    })
    t.ok(Math.max(...figures) > 0.7, `F1 ${Math.max(...figures)}`)
    t.same(
      all.filter(({ message }) => String(message).startsWith('names that do not end as tokens do')),
      [],
    )
  },
)
