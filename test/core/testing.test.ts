import { encodeTensorFile } from 'modelhost'
import { testPlugin } from 'modelhost/testing'
import t from 'tap'
import docsim from '../../plugins/docsim/index.js'
import scribbler from '../fixtures/plugins/scribbler.js'
import { folder } from '../helpers/artifacts.js'
import { tinyDocSim, tinyDocSimFile } from '../helpers/docsim-artifact.js'

t.test('DocSim passes the suite that every plugin runs', async t => {
  const report = await testPlugin(docsim, {
    artifact: await tinyDocSim(t),
    examples: [
      { request: { text1: 'Impfung', text2: 'Ärzte' }, response: 0.6 },
      { request: { text1: '', text2: '' }, response: 0 },
    ],
  })
  t.ok(report.checks.length >= 8)
})

t.test('the examples in an artifact are part of the suite', async t => {
  const tested = async (examples: unknown) => {
    const params = { model_name: 'DocSim', vector_size: 2, examples }
    const artifact = await folder(t, { 'DocSim-params.json': JSON.stringify(params), 'DocSim-model': tinyDocSimFile() })
    return testPlugin(docsim, { artifact, examples: [] })
  }
  const { checks } = await tested([{ text1: 'Impfung', text2: 'Klima' }])
  t.ok(checks.includes('the examples in its params file are answered'))
  await t.rejects(tested([{ text1: 'Impfung' }]), {
    message: /params file are answered: examples\[0\]: text2 is missing/,
  })
})

t.test('the suite finds the faults of a plugin, and names them', async t => {
  const faults: [string, RegExp][] = [
    ['writes', /the image is never written to/],
    ['lies', /each example is answered.*must be a number/],
    ['dice', /every lane gives the same answers/],
  ]
  for (const [fault, message] of faults) {
    const artifact = await folder(t, {
      'Scribbler-params.json': JSON.stringify({ model_name: 'Scribbler', fault }),
      'Scribbler-model': encodeTensorFile({ tensors: { weights: new Float32Array(4) } }),
    })
    const tested = testPlugin(scribbler, { artifact, examples: [{ request: { text: 'x' } }] })
    await t.rejects(tested, { message }, fault)
  }
})
