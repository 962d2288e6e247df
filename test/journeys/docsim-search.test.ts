import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startHost } from 'modelhost/testing'
import t, { type Test } from 'tap'
import type { DocSimParams } from '../helpers/docsim-artifact.js'
import { trainOnTexts } from '../helpers/train-docsim.js'

const topics = ['Impfung', 'Windrad', 'Spinat', 'Rakete', 'Steuer', 'Gletscher', 'Tunnel', 'Orgel']
const texts = topics.flatMap(topic => [
  `${topic} wird teurer, behauptet ein Verein`,
  `Niemand braucht ${topic} und Milch im Winter`,
  `Forscher finden Eisen in jedem ${topic} der Stadt`,
])

/** An artifact folder of a model trained on the texts above. */
async function artifact(t: Test, changes: Partial<DocSimParams>): Promise<string> {
  const { bytes, params } = await trainOnTexts(t, texts, changes)
  const folder = join(t.testdir({}), 'search')
  await mkdir(folder)
  await writeFile(join(folder, 'DocSim-params.json'), JSON.stringify({ model_name: 'DocSim', ...params }))
  await writeFile(join(folder, 'DocSim-model'), bytes)
  return folder
}

t.test('a search is asked for by JSON, by plain text, by CSV and by lines', async t => {
  const host = await startHost(t)
  t.equal((await host.load('claims', await artifact(t, { search: 'bm25' }))).status, 200)
  const asJson = await host.invoke('claims', { text: 'Wird die Orgel teurer?', top: 2 })
  const found = (await asJson.json()) as { id: string; text: string; score: number }[]
  t.match(found[0], { id: '21', text: texts[21] })
  t.equal(found.length, 2)
  t.ok(found[0]!.score > found[1]!.score)

  const asText = await host.invoke('claims', 'Wird die Orgel teurer?')
  t.same(((await asText.json()) as unknown[]).slice(0, 2), found, 'ten, where nothing is said')
  const asCsv = await host.invoke('claims', 'Wird die Orgel teurer?\nOrgel,Orgel\n', { 'content-type': 'text/csv' })
  const [row, pair] = (await asCsv.json()) as [unknown[], string]
  t.same(row.slice(0, 2), found)
  t.equal(pair, '1.0', 'two columns are a pair')
  const lines = '{"text": "Orgel", "top": 1}\n{"text": "nichts davon"}\n{"text": "x", "top": 0}\n'
  const answers = (await (await host.invoke('claims', lines, { 'content-type': 'application/jsonlines' })).text())
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
  t.match(answers, [[{ id: /2[123]/ }], [], { error: { code: 'REQUEST_INVALID', message: /top must be an integer/ } }])
})

t.test('what a search must not be is a clear 400', async t => {
  const host = await startHost(t)
  await host.load('claims', await artifact(t, { search: 'bm25' }))
  const cases: [unknown, RegExp][] = [
    [{ text: 'Orgel', top: 0 }, /top must be an integer from 1 to 1000, but is 0/],
    [{ text: 'Orgel', top: 1001 }, /from 1 to 1000, but is 1001/],
    [{ text: 7 }, /text must be a string, but is 7/],
    [{ text1: 'Orgel' }, /text2 is missing/],
    [{}, /"text1".*"text"/],
  ]
  for (const [body, message] of cases) {
    const answer = await host.invoke('claims', body)
    t.equal(answer.status, 400, JSON.stringify(body))
    t.match(await answer.json(), { error: { code: 'REQUEST_INVALID', message } })
  }
})

t.test('lanes that search one model at the same time do not disturb each other', async t => {
  for (const search of ['bm25', 'vector'] as const) {
    const host = await startHost(t, { lanes: 3 })
    await host.load('claims', await artifact(t, { search, blend: 0.5 }))
    const ask = async (text: string) => (await host.invoke('claims', { text, top: 24 })).json()
    const alone = new Map<string, unknown>()
    for (const text of texts) alone.set(text, await ask(text))
    let differing = 0
    const askInTurn = async (caller: number) => {
      for (let i = 0; i < 30; i++) {
        const text = texts[(caller * 5 + i * 7) % texts.length]!
        if (JSON.stringify(await ask(text)) !== JSON.stringify(alone.get(text))) differing++
      }
    }
    // Fewer than may wait for one model.
    await Promise.all(Array.from({ length: 20 }, (_, caller) => askInTurn(caller)))
    t.equal(differing, 0, search)
    t.ok(host.host.models.get('claims').lanes > 1, 'it was resident in several lanes')
  }
})
