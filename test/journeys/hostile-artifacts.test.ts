import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { isHostError } from 'modelhost'
import { startHost, type TestHost } from 'modelhost/testing'
import t from 'tap'
import { tinyDocSim, tinyDocSimFile } from '../helpers/docsim-artifact.js'

/** Loads whatever bytes; where they load, the model must answer with a finite number. */
async function tryModel({ host, invoke }: TestHost, path: string, bytes: Uint8Array): Promise<string> {
  await writeFile(join(path, 'DocSim-model'), bytes)
  try {
    await host.models.load('m', { folder: path })
  } catch (error) {
    if (!isHostError(error) || error.status >= 500) throw error
    return error.code
  }
  const answer = await invoke('m', 'Impfung,Masken\nÄrzte Klima,Klima', { 'content-type': 'text/csv' })
  const similarities = (await answer.json()) as string[]
  await host.models.unload('m')
  if (!similarities.every(text => Number.isFinite(Number(text)))) throw new Error(`answered ${similarities}`)
  return 'LOADED'
}

t.test('a tensor file that is cut short is a clear 4xx, at every length', async t => {
  const host = await startHost(t, { lanes: 1 })
  const whole = tinyDocSimFile()
  const path = await tinyDocSim(t)
  for (let length = 0; length < whole.length; length += length < 400 ? 1 : 7) {
    const outcome = await tryModel(host, path, whole.slice(0, length))
    if (outcome !== 'TENSOR_FILE_BROKEN') t.fail(`${length} bytes: ${outcome}`)
  }
  t.equal(await tryModel(host, path, whole), 'LOADED')
  t.equal(host.host.models.usedBytes, 0)
})

t.test('thousands of damaged tensor files load and answer finite numbers, or are a 4xx', async t => {
  const host = await startHost(t, { lanes: 1 })
  const whole = tinyDocSimFile()
  const path = await tinyDocSim(t)
  const outcomes = new Map<string, number>()
  const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(damage, async flips => {
      const bytes = whole.slice()
      for (const [at, value] of flips) bytes[at] = value
      const outcome = await tryModel(host, path, bytes)
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    }),
    { numRuns: 2400 },
  )
  t.ok((outcomes.get('LOADED') ?? 0) > 50, `some damage is harmless: ${JSON.stringify([...outcomes])}`)
  t.equal(host.host.models.usedBytes, 0, 'nothing is left of those that failed')
})

t.test('bytes of any kind are a 4xx', async t => {
  const host = await startHost(t, { lanes: 1 })
  const path = await tinyDocSim(t)
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async bytes => {
      const outcome = await tryModel(host, path, bytes)
      if (outcome === 'LOADED') throw new Error('loaded')
    }),
    { numRuns: 300 },
  )
})

t.test('a header that claims more than the file has is a 4xx, also where room is short', async t => {
  const host = await startHost(t, { memoryBudget: '1MB' })
  const path = await tinyDocSim(t)
  const header = JSON.stringify({ w: { dtype: 'F32', shape: [2 ** 28], data_offsets: [0, 2 ** 30] } })
  const bytes = new Uint8Array(8 + header.length)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true)
  bytes.set(new TextEncoder().encode(header), 8)
  t.equal(await tryModel(host, path, bytes), 'TENSOR_FILE_BROKEN')
})

t.test('a sound artifact without room is 507, and goes in once there is room', async t => {
  const host = await startHost(t, { memoryBudget: 20_000 })
  const path = await tinyDocSim(t)
  t.equal((await host.load('one', path)).status, 200)
  const { bytes } = (await (await fetch(`${host.url}/models/one`)).json()) as { bytes: number }
  const copies = Math.floor(20_000 / bytes)
  for (let i = 1; i < copies; i++) t.equal((await host.load(`copy ${i}`, path)).status, 200)
  const refused = await host.load('too many', path)
  t.equal(refused.status, 507)
  t.match(await refused.json(), { error: { code: 'MEMORY_FULL' } })
  await host.unload('one')
  t.equal((await host.load('too many', path)).status, 200)

  const small = await startHost(t, { memoryBudget: 100 })
  const never = await small.load('larger than all', path)
  t.equal(never.status, 507)
  t.match(await never.json(), { error: { code: 'MODEL_TOO_LARGE', message: /budget of 100/ } })
})
