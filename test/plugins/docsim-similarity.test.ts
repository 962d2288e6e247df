import { encodeTensorFile, stringTable } from 'modelhost'
import t from 'tap'
import { principalComponents, removeComponents } from '../../plugins/docsim/vectors/principal-components.js'
import { openDocSim } from '../helpers/docsim-artifact.js'
import { trainOnTexts } from '../helpers/train-docsim.js'

const near = (actual: number, expected: number) => Math.abs(actual - expected) < 1e-6

/** Words at right angles, one frequent, one rare, one in between; ten documents. */
function modelFile(components?: number[]): Uint8Array {
  const tensors = {
    ...stringTable('vocabulary', ['oft', 'selten', 'mittel']),
    counts: Uint32Array.of(90, 1, 9),
    document_counts: Uint32Array.of(10, 1, 5),
    word_vectors: { data: Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), shape: [3, 3] },
    ...(components ? { principal_components: { data: Float32Array.from(components), shape: [1, 3] } } : {}),
  }
  return encodeTensorFile({ tensors, metadata: { documents: '10' } })
}

t.test('with sif a word counts a / (a + p)', async t => {
  const a = 0.1
  const { similarity } = openDocSim(modelFile(), { weighting: 'sif', sif_a: a })
  const [often, rare] = [a / (a + 0.9), a / (a + 0.01)]
  t.ok(near(similarity.of('oft selten', 'oft'), often / Math.hypot(often, rare)))
  t.ok(near(similarity.of('oft selten', 'selten'), rare / Math.hypot(often, rare)))
  t.ok(near(openDocSim(modelFile()).similarity.of('oft selten', 'oft'), Math.SQRT1_2), 'uniform: all alike')
})

t.test('a removed component plays no part, and a text that lies in it is similar to nothing', async t => {
  const { similarity } = openDocSim(modelFile([1, 0, 0]), { remove_principal_components: 1 })
  t.equal(similarity.of('oft selten', 'oft oft selten'), 1)
  t.equal(similarity.of('oft selten', 'oft mittel'), 0)
  t.equal(similarity.of('oft', 'oft selten'), 0)
})

t.test('blend goes from vectors alone to words alone', async t => {
  // ln(1 + 10 / n) for words in 10, 1, 5 documents; an unknown word counts as in one.
  const [often, rare] = [Math.log(2), Math.log(11)]
  const at = (blend: number, text1: string, text2: string) =>
    openDocSim(modelFile(), { blend }).similarity.of(text1, text2)
  const overlap = often ** 2 / (often * Math.hypot(often, rare))
  t.ok(near(at(1, 'oft', 'oft selten'), overlap))
  t.ok(near(at(1, 'oft oft oft', 'oft selten'), overlap), 'repetitions do not count')
  t.ok(near(at(0.25, 'oft', 'oft selten'), 0.75 * Math.SQRT1_2 + 0.25 * overlap))
  t.ok(near(at(1, 'oft unbekannt', 'unbekannt'), rare / Math.hypot(often, rare)), 'unknown words are words')
  t.equal(at(1, '', 'oft'), 0)
  t.equal(at(1, 'die und', 'oft'), 0)
  t.equal(at(0.5, 'oft selten', 'selten oft'), 1)
})

t.test('blend without what it needs is refused', async t => {
  const tensors = { ...stringTable('vocabulary', ['eins']), word_vectors: { data: Float32Array.of(1), shape: [1, 1] } }
  const open = (changes: object, more = {}) =>
    openDocSim(encodeTensorFile({ tensors: { ...tensors, ...more } }), changes)
  t.ok(open({}))
  t.throws(() => open({ blend: 0.5 }), { code: 'ARTIFACT_INVALID', message: /"document_counts" is missing/ })
  t.throws(() => open({ blend: 0.5 }, { document_counts: Uint32Array.of(1) }), {
    message: /blend needs the number of its training documents, "documents" in the metadata/,
  })
  t.throws(() => open({ weighting: 'sif' }), { code: 'ARTIFACT_INVALID', message: /"counts" is missing/ })
})

t.test('principal components are the directions in which rows are longest', async t => {
  // Rows along (3, 4) / 5, and shorter ones across.
  const rows = Float32Array.of(3, 4, -6, -8, 0.4, -0.3, 9, 12, -0.8, 0.6)
  const components = await principalComponents(rows, 2, 2)
  const [x, y, u, v] = components as unknown as [number, number, number, number]
  t.ok(near(Math.abs(x), 0.6) && near(Math.abs(y), 0.8) && x * y > 0)
  t.ok(near(Math.abs(u), 0.8) && near(Math.abs(v), 0.6) && u * v < 0)
  const vector = Float64Array.of(3.4, 3.7)
  removeComponents(vector, components.subarray(0, 2))
  t.ok(near(vector[0]!, 0.4) && near(vector[1]!, -0.3))
  const inside = Float64Array.of(3, 4)
  removeComponents(inside, components.subarray(0, 2))
  t.same([...inside], [0, 0], 'rounding is no direction')
})

t.test('training writes the components that are asked for, and the same file again', async t => {
  const texts = ['eins zwei drei', 'eins vier', 'zwei drei fünf', 'vier fünf', 'eins fünf drei']
  const changes = { weighting: 'sif', remove_principal_components: 2, search: 'vector', blend: 0.5 } as const
  const first = await trainOnTexts(t, texts, changes)
  const again = await trainOnTexts(t, texts, changes)
  t.same(first.bytes, again.bytes)
  t.ok(Math.abs(openDocSim(first.bytes, first.params).similarity.of('eins vier', 'zwei')) <= 1)
})
