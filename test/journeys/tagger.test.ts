import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startHost } from 'modelhost/testing'
import t from 'tap'
import { shippedTagger } from '../../plugins/_text/tagging/shipped.js'
import { folder } from '../helpers/artifacts.js'

const folderOf = (language: string) => dirname(fileURLToPath(shippedTagger(language)!))
const json = { 'content-type': 'application/json' }
type Tagged = readonly { readonly text: string; readonly tag: string; readonly start?: number }[]
const tagsOf = (answer: unknown) => (answer as Tagged).map(({ text, tag }) => `${text}/${tag}`).join(' ')

t.test('the taggers of the package are served like any model, in two lanes at once', async t => {
  const host = await startHost(t, { lanes: 2 })
  for (const language of ['de', 'en']) t.equal((await host.load(language, folderOf(language))).status, 200)

  const german = await (await host.invoke('de', 'Im Zoo leben neue Tiere.')).json()
  t.equal(tagsOf(german), 'Im/ADP Zoo/NOUN leben/VERB neue/ADJ Tiere/NOUN ./PUNCT')
  t.match(german, [{ start: 0, end: 2 }])
  const own = await host.invoke('en', { tokens: [['The', 'new', 'vaccines', 'work', 'well', '.']] })
  t.equal(tagsOf(await own.json()), 'The/DET new/ADJ vaccines/NOUN work/VERB well/ADV ./PUNCT')

  const asked = Array.from({ length: 40 }, (_, i) => host.invoke('de', `Im Zoo ${i} leben neue Tiere.`))
  for (const [i, answer] of (await Promise.all(asked)).entries()) {
    t.equal(tagsOf(await answer.json()), `Im/ADP Zoo/NOUN ${i}/NUM leben/VERB neue/ADJ Tiere/NOUN ./PUNCT`)
  }
  const list = await host.invoke('de', { instances: [{ text: 'Tiere' }, { txt: 'x' }] }, json)
  t.match(await list.json(), { predictions: [[{ tag: 'NOUN' }], { error: { code: 'REQUEST_INVALID' } }] })

  for (const language of ['de', 'en']) t.equal((await host.unload(language)).status, 200)
  t.equal(host.host.models.usedBytes, 0)
})

t.test('a tagger that is cut short is refused, and harms no other', async t => {
  const host = await startHost(t)
  t.equal((await host.load('de', folderOf('de'))).status, 200)
  const path = await folder(t, { 'a-params.json': '{"model_name": "Tagger"}', 'a-model': 'no tensors' })
  const refused = await host.load('broken', path)
  t.equal(refused.status, 422)
  t.match(await refused.json(), { error: { code: 'TENSOR_FILE_BROKEN', message: new RegExp(join(path, 'a-model')) } })
  t.match(await (await host.invoke('de', 'Tiere')).json(), [{ tag: 'NOUN' }])
})
