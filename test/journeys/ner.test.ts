import { join } from 'node:path'
import { startHost } from 'modelhost/testing'
import t from 'tap'
import { train } from '../../core/host.js'
import { folder } from '../helpers/artifacts.js'
import { silentLog } from '../helpers/silent-log.js'
import { conllText, trainNames } from '../helpers/tiny-names.js'
import { tinyTaggerFile } from '../helpers/tiny-tagger.js'

type Found = readonly { readonly text: string; readonly label: string; readonly start: number; readonly end: number }[]
const readable = (found: Found) => found.map(({ text, label, start, end }) => `${label} ${text} ${start}-${end}`)
const text = '😀 Tom Becker left New Haven.'
const units = ['PER Tom Becker 3-13', 'LOC New Haven 19-28']
const points = ['PER Tom Becker 2-12', 'LOC New Haven 18-27']
const type = (name: string, accept?: string) => ({ 'content-type': name, ...(accept ? { accept } : {}) })

const host = await startHost(t, { lanes: 2 })

t.test('names are answered to every content type, in two lanes at once', async t => {
  t.equal((await host.load('names', await trainNames(t))).status, 200)

  const plain = await host.invoke('names', text, type('text/plain'))
  t.same(readable((await plain.json()) as Found), units)
  const counted = await host.invoke('names', { text, offsets: 'code_points' }, type('application/json'))
  t.same(readable((await counted.json()) as Found), points)
  const bytes = await host.invoke('names', { text, offsets: 'utf8' }, type('application/json'))
  t.same(readable((await bytes.json()) as Found), ['PER Tom Becker 5-15', 'LOC New Haven 21-30'])
  const tokens = await host.invoke('names', { tokens: [['Hi'], ['Tom', 'Becker', 'left']] }, type('application/json'))
  t.same(readable((await tokens.json()) as Found), ['PER Tom Becker 1-3'])

  const instances = { instances: [text, { text: 'Oslo is cold' }, { tokens: 'Oslo' }, { text, offsets: 'words' }] }
  const list = await host.invoke('names', instances, type('application/json'))
  const { predictions } = (await list.json()) as { predictions: [Found, Found, object, object] }
  t.same(readable(predictions[0]), units)
  t.same(readable(predictions[1]), ['LOC Oslo 0-4'])
  t.match(predictions.slice(2), [{ error: { code: 'REQUEST_INVALID' } }, { error: { code: 'REQUEST_INVALID' } }])

  const lines = `${JSON.stringify({ text })}\n"No names here"\n{"txt": "Oslo"}\n`
  const answers = (await (await host.invoke('names', lines, type('application/jsonlines'))).text()).trim().split('\n')
  t.same(readable(JSON.parse(answers[0]!)), units)
  t.same(JSON.parse(answers[1]!), [])
  t.match(JSON.parse(answers[2]!), { error: { code: 'REQUEST_INVALID' } })

  const csv = `"${text}"\n"Tom Becker left, for good"\n"Oslo is cold",code_points\nOslo,words\n`
  const rows = (await (await host.invoke('names', csv, type('text/csv'))).json()) as [Found, Found, Found, object]
  t.same(readable(rows[0]), units)
  t.same(readable(rows[1]), ['PER Tom Becker 0-10'])
  t.same(readable(rows[2]), ['LOC Oslo 0-4'])
  t.match(rows[3], { error: { code: 'REQUEST_INVALID' } })
  const asCsv = await host.invoke('names', csv, type('text/csv', 'text/csv'))
  t.equal(asCsv.status, 200)
  t.match(
    await asCsv.text(),
    /^"\[\{""text"":""Tom Becker"",""label"":""PER"",""start"":3,""end"":13,""score"":0\.\d+\}/,
  )

  const asked = Array.from({ length: 40 }, (_, i) => host.invoke('names', `${i} people left Oslo`))
  for (const [i, answer] of (await Promise.all(asked)).entries()) {
    t.match(await answer.json(), [{ text: 'Oslo', start: `${i} people left `.length }])
  }
  t.equal((await host.unload('names')).status, 200)
  t.equal(host.host.models.usedBytes, 0)
})

t.test('a model is trained by the host, and served as it was trained; one that is cut short is refused', async t => {
  const data = await folder(t, { 'train.conll': conllText() })
  const output = join(data, 'out')
  const params = { epochs: '12', runs: 1, min_count: 1, threshold: 0, offsets: 'code_points', labels: '{"ORG": ""}' }
  const channels = { train: join(data, 'train.conll'), dev: join(data, 'train.conll') }
  await train({ plugin: 'NER', channels, params, output, threads: 1, log: silentLog })
  t.equal((await host.load('names', output)).status, 200)
  const answer = await host.invoke('names', `${text} Nordwind stays.`)
  t.same(readable((await answer.json()) as Found), points)

  const broken = await folder(t, { 'a-params.json': '{"model_name": "NER"}', 'a-model': 'no tensors' })
  const refused = await host.load('broken', broken)
  t.equal(refused.status, 422)
  t.match(await refused.json(), { error: { code: 'TENSOR_FILE_BROKEN' } })
  const tagger = await folder(t, { 'a-params.json': '{"model_name": "NER"}', 'a-model': await tinyTaggerFile('en') })
  const other = await host.load('other', tagger)
  t.equal(other.status, 422)
  t.match(await other.json(), { error: { code: 'ARTIFACT_INVALID', message: /its tags are not those of names/ } })
  t.match(await (await host.invoke('names', 'Oslo is cold')).json(), [{ text: 'Oslo' }], 'it harms no other')
})
