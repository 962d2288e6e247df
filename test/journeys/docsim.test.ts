import { startHost } from 'modelhost/testing'
import t from 'tap'
import { tinyDocSim } from '../helpers/docsim-artifact.js'

const csv = { 'content-type': 'text/csv' }

t.test('CSV rows of two texts are answered with similarities as strings', async t => {
  const host = await startHost(t)
  await host.load('claims', await tinyDocSim(t))
  const rows = [
    'Impfung,Masken',
    'Impfung,"Die Impfung, sagen Ärzte"',
    '"Er sagte ""Masken""","Masken\nund noch einmal Masken"',
    'Impfung,Klima',
    ',Impfung',
    'unbekannt,Impfung',
  ]
  const answer = await host.invoke('claims', rows.join('\r\n'), csv)
  t.equal(answer.status, 200)
  t.equal(answer.headers.get('content-type'), 'application/json')
  // (1,0)·(4,4): cos 45 degrees.
  t.same(await answer.json(), ['0.0', '0.70710677', '1.0', '-1.0', '0.0', '0.0'])
})

t.test('a row of one column is an error in its place, and the others are answered', async t => {
  const host = await startHost(t)
  await host.load('claims', await tinyDocSim(t))
  const answer = await host.invoke('claims', 'Impfung,Impfung\nnur eine\nMasken,Masken', csv)
  t.equal(answer.status, 200)
  t.match(await answer.json(), [
    '1.0',
    { error: { code: 'REQUEST_INVALID', message: /no search\. Send two texts/ } },
    '1.0',
  ])
})

t.test('JSON instances are answered with numbers', async t => {
  const host = await startHost(t)
  await host.load('claims', await tinyDocSim(t))
  const one = await host.invoke('claims', { text1: 'Impfung', text2: 'Ärzte' })
  t.same(await one.json(), 0.6)
  const many = await host.invoke('claims', { instances: [{ text1: 'Masken', text2: 'ÄRZTE' }, { text1: 'x' }] })
  t.match(await many.json(), {
    predictions: [0.8, { error: { code: 'REQUEST_INVALID', message: /text2 is missing/ } }],
  })
  const missing = await host.invoke('claims', { text1: 'Impfung' })
  t.equal(missing.status, 400)
  t.match(await missing.json(), { error: { code: 'REQUEST_INVALID', message: /text2 is missing/ } })
})

t.test('CSV and JSON lines come back as asked for', async t => {
  const host = await startHost(t)
  await host.load('claims', await tinyDocSim(t))
  const asCsv = await host.invoke('claims', 'Impfung,Impfung\nImpfung,Masken', { ...csv, accept: 'text/csv' })
  t.equal(asCsv.headers.get('content-type'), 'text/csv')
  t.equal(await asCsv.text(), '1.0\n0.0\n')
  const lines = '{"text1":"Impfung","text2":"Impfung"}\n{"text1":"Impfung","text2":"Klima"}\n'
  const asLines = await host.invoke('claims', lines, { 'content-type': 'application/jsonlines' })
  t.equal(await asLines.text(), '1\n-1\n')
  const never = await host.invoke('claims', 'Impfung,Impfung', { ...csv, accept: 'image/png' })
  t.equal(never.status, 406)
})

t.test('ten thousand rows are answered in order', async t => {
  const host = await startHost(t)
  await host.load('claims', await tinyDocSim(t))
  const rows = Array.from({ length: 10_000 }, (_, i) => (i % 3 === 0 ? 'Impfung,Klima' : 'Impfung,Impfung'))
  const answer = await host.invoke('claims', rows.join('\n'), csv)
  t.same(
    await answer.json(),
    rows.map((_, i) => (i % 3 === 0 ? '-1.0' : '1.0')),
  )
})

t.test('a gzip body is read as what it holds', async t => {
  const { gzipSync } = await import('node:zlib')
  const host = await startHost(t)
  await host.load('claims', await tinyDocSim(t))
  const body = gzipSync('Impfung,Impfung')
  const answer = await host.invoke('claims', body, { ...csv, 'content-encoding': 'gzip' })
  t.same(await answer.json(), ['1.0'])
})

t.test('bodies of every wrong kind are a 4xx, and the model goes on', async t => {
  const host = await startHost(t)
  await host.load('claims', await tinyDocSim(t))
  const types = ['text/csv', 'application/json', 'text/plain', 'application/jsonlines', 'application/octet-stream', 'x']
  const bodies: (string | Uint8Array)[] = [
    '',
    '{',
    '[',
    'null',
    '"',
    '"a',
    '7',
    '{"instances":7}',
    '\u0000',
    '['.repeat(50_000),
  ]
  bodies.push(Uint8Array.of(0xff, 0xfe, 0xc0), new Uint8Array(1000))
  for (const type of types) {
    for (const body of bodies) {
      const answer = await host.invoke('claims', body, { 'content-type': type })
      t.ok(answer.status < 500, `${type} ${String(body).slice(0, 20)}: ${answer.status}`)
      if (answer.status !== 200) t.match(await answer.json(), { error: { code: String, message: String } })
      else await answer.arrayBuffer()
    }
  }
  t.equal((await host.invoke('claims', 'Impfung,Impfung', csv)).status, 200)
})
