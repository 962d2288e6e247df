import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeTensorFile } from 'modelhost'
import t from 'tap'
import { load, memoryOf, startServe, unload } from '../bench/host-process.js'
import { folder } from '../helpers/artifacts.js'

t.test('5,000 tiny models come, answer and go, and the memory stays', async t => {
  const path = await folder(t, { 'a-params.json': '{"model_name": "Weights"}' })
  await writeFile(join(path, 'a-model'), encodeTensorFile({ tensors: { weights: Float32Array.of(1, 2, 3.5) } }))
  const host = await startServe()
  t.teardown(() => host.stop())

  const visit = async (modelName: string) => {
    await load(host.url, modelName, path)
    const answer = await fetch(`${host.url}/models/${modelName}/invoke`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"from": 0}',
    })
    if ((await answer.text()) !== '6.5') throw new Error(`invoke of ${modelName}: ${answer.status}`)
    await unload(host.url, modelName)
  }
  const visitAll = async (prefix: string, count: number) => {
    const atOnce = 8
    const visitors = Array.from({ length: atOnce }, async (_, k) => {
      for (let i = k; i < count; i += atOnce) await visit(`${prefix}-${i}`)
    })
    await Promise.all(visitors)
  }

  await visitAll('first', 100)
  const startBytes = (await memoryOf(host.pid)).rss
  await visitAll('tiny', 5000)
  const grownMB = ((await memoryOf(host.pid)).rss - startBytes) / 1e6
  t.comment(`RSS grew by ${grownMB.toFixed(0)} MB`)
  t.ok(grownMB < 100, `${grownMB.toFixed(0)} MB`)
  t.same(await (await fetch(`${host.url}/models`)).json(), { models: [] })
})
