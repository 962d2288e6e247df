import { cp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { train } from 'modelhost/host'
import { startHost } from 'modelhost/testing'
import t, { type Test } from 'tap'
import { folder } from '../helpers/artifacts.js'
import { silentLog } from '../helpers/silent-log.js'
import { germanSentences, tinyTaggerFile } from '../helpers/tiny-tagger.js'
import { originalParams } from '../helpers/topical-page-rank-artifact.js'

const asText = (sentence: string) =>
  sentence
    .split(' ')
    .map(pair => pair.split('/')[0])
    .join(' ')

/** Trains as `modelhost train` does, from the original's params and a folder of tables. @returns the artifact */
async function trainOnce(t: Pick<Test, 'teardown'>, hasTagger = true): Promise<string> {
  const rows = germanSentences.map((sentence, i) => `${i},"${asText(sentence)}"\n`)
  const data = await folder(t, {
    'factchecks_de.csv': `id,claim_text\n${rows.join('')}`,
    'other.csv': 'claim_text\nnicht zu lesen\n',
    'tagger/Tagger-model': await tinyTaggerFile(),
  })
  const { folder: output } = await train({
    plugin: 'TopicalPageRank',
    channels: { train: data, ...(hasTagger ? { tagger: join(data, 'tagger') } : {}) },
    params: originalParams,
    output: join(data, 'model'),
    threads: 1,
    log: silentLog,
  })
  return output
}

const original = await trainOnce(t)

/** A copy of it, to be changed. */
async function trained(t: Test): Promise<string> {
  const copy = await folder(t)
  await cp(original, copy, { recursive: true })
  return copy
}

const text = 'Die neue Impfung schützt Kinder. Masken schützen vor neuen Viren.'

t.test('from a table to keyphrases, in every form of a request', async t => {
  const artifact = await trained(t)
  const host = await startHost(t)
  const loaded = await host.load('claims', artifact)
  t.equal(loaded.status, 200, await loaded.text())

  const plain = await host.invoke('claims', text)
  t.equal(plain.headers.get('content-type'), 'application/json')
  const keyphrases = (await plain.json()) as [string, number][]
  t.same(keyphrases.map(([phrase]) => phrase).sort(), ['kinder', 'masken', 'neue impfung', 'neuen viren'])

  t.same(await (await host.invoke('claims', { text })).json(), keyphrases)
  t.same(await (await host.invoke('claims', { text, top: 2 })).json(), keyphrases.slice(0, 2))
  const listed = await host.invoke('claims', { instances: [{ text }, { text: '' }, { sentences: 7 }] })
  t.match(await listed.json(), {
    predictions: [keyphrases, [], { error: { code: 'REQUEST_INVALID', message: /sentences must be a list/ } }],
  })
  const rows = await host.invoke('claims', `"${text}"\n"${text}",1\n`, { 'content-type': 'text/csv' })
  t.same(await rows.json(), [keyphrases, keyphrases.slice(0, 1)])
  const lines = await host.invoke('claims', `${JSON.stringify({ text })}\n`, {
    'content-type': 'application/jsonlines',
  })
  t.same(JSON.parse(await lines.text()), keyphrases)

  const explained = await host.invoke('claims', { text, explain: true })
  const { tokens, candidates, topics, ...rest } = (await explained.json()) as Record<
    string,
    { text: string; tag: string }[]
  >
  t.same(rest, { keyphrases })
  t.match(tokens!.slice(0, 3), [{ text: 'Die', tag: 'DET', start: 0, end: 3 }, { tag: 'ADJ' }, { tag: 'NOUN' }])
  t.equal(candidates!.length, 4)
  t.equal(topics!.length, 2)
  const sentences = [tokens!.slice(0, 6), tokens!.slice(6)]
  const words = sentences.map(tokens => tokens.map(({ text }) => text))
  const tagged = sentences.map(tokens => tokens.map(({ text, tag }) => [text, tag]))
  t.same(await (await host.invoke('claims', { sentences: words })).json(), keyphrases)
  t.same(await (await host.invoke('claims', { sentences: tagged })).json(), keyphrases)
})

t.test(
  'models without a tagger of their own are trained and served with the shipped one, which they share',
  async t => {
    const artifact = await trainOnce(t, false)
    t.same((await readdir(artifact)).sort(), ['TopicalPageRank-model', 'TopicalPageRank-params.json'])
    const warnings: unknown[] = []
    const host = await startHost(t, {}, { ...silentLog, warn: (...line: unknown[]) => void warnings.push(line) })
    for (const name of ['one', 'two']) {
      const loaded = await host.load(name, artifact)
      t.equal(loaded.status, 200, await loaded.text())
      const answer = (await (await host.invoke(name, text)).json()) as [string, number][]
      t.same(answer.map(([phrase]) => phrase).sort(), ['kinder', 'masken', 'neue impfung', 'neuen viren'])
    }
    t.same(warnings, [])
  },
)

t.test('what a request must not be is a clear 400', async t => {
  const host = await startHost(t)
  await host.load('claims', await trained(t))
  const cases: [unknown, RegExp][] = [
    [{ text: 7 }, /text must be a string, but is 7/],
    [{ text, top: 0 }, /top must be an integer from 1 to 10000, but is 0/],
    [{ text, explain: 'yes' }, /explain must be true or false/],
    [{ sentences: [['a', ['b', 'X']]] }, /sentences\[0\]\[1\] has one, words before it have no tags/],
    [{ sentences: [['a', 1]] }, /sentences\[0\]\[1\]/],
    [{ sentences: [[['a']]] }, /sentences\[0\]\[0\]/],
    [{}, /"text".*"sentences"/],
  ]
  for (const [body, message] of cases) {
    const answer = await host.invoke('claims', body)
    const { error } = (await answer.json()) as { error: { message: string } }
    t.equal(answer.status, 400, JSON.stringify(body))
    t.match(error.message, message)
  }
})

t.test(
  'models of one tagger and of another live side by side; one that was swapped is served, and told of',
  async t => {
    const artifact = await trained(t)
    const swapped = await trained(t)
    const other = await tinyTaggerFile('de', { seed: 5, version: '2.0.0', sentences: germanSentences.slice(0, 5) })
    await writeFile(join(swapped, 'TopicalPageRank-tagger'), other)
    const warnings: object[] = []
    const log = { ...silentLog, warn: (fields: object, message: string) => void warnings.push({ message, ...fields }) }
    const host = await startHost(t, {}, log)
    t.equal((await host.load('one', artifact)).status, 200)
    t.same(warnings, [])
    t.equal((await host.load('two', swapped)).status, 200)
    t.equal((await host.invoke('two', text)).status, 200)
    t.equal((await host.invoke('one', text)).status, 200)
    t.match(warnings, [{ message: /another tagger/, trained_with: '1.0.0', served_with: '2.0.0' }])
  },
)

t.test('an artifact whose grammar or tagger is broken is refused, and says why', async t => {
  const artifact = await trained(t)
  const host = await startHost(t)
  const params = JSON.parse(await readFile(join(artifact, 'TopicalPageRank-params.json'), 'utf8'))
  const load = async (changes: object) => {
    await writeFile(join(artifact, 'TopicalPageRank-params.json'), JSON.stringify({ ...params, ...changes }))
    const answer = await host.load('claims', artifact)
    return [answer.status, ((await answer.json()) as { error?: { message: string } }).error?.message]
  }
  t.match(await load({ grammar: 'NP: {<NOUN>}{<ADJ>}' }), [422, /two rules need two lines/])
  t.match(await load({ normalization: 'stemming', language: 'fr' }), [422, /for the languages de and en/])
  await writeFile(join(artifact, 'TopicalPageRank-tagger'), 'no tensors')
  t.match(await load({}), [422, /TopicalPageRank-tagger is not a valid tensor file/])
})
