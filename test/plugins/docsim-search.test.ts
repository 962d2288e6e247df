import fc from 'fast-check'
import { encodeTensorFile, isHostError, stringList, stringTable, type TensorSource } from 'modelhost'
import t from 'tap'
import { SearchTerms } from '../../plugins/_text/search-terms.js'
import { stemmerOf } from '../../plugins/_text/stem.js'
import docsim from '../../plugins/docsim/index.js'
import { type DocSimParams, docSimDefaults, openDocSim } from '../helpers/docsim-artifact.js'
import { trainOnTable, trainOnTexts } from '../helpers/train-docsim.js'

const claims = [
  'Die Impfung gegen Grippe schützt ältere Menschen.',
  'Windräder liefern im Winter weniger Strom.',
  'Die Impfung enthält 5G-Chips, sagt ein Video.',
  'Im Winter erkranken viele Menschen an Grippe.',
  'Spinat enthält viel Eisen.',
]
const near = (actual: number, expected: number) => Math.abs(actual - expected) < 1e-5

t.test('search terms are stems of words and numbers, without stop words and links', async t => {
  const german = new SearchTerms(docSimDefaults, stemmerOf('de'))
  t.same(german.of('Die Impfnebenwirkungen von 2021: https://t.co/xyz #Wahrheit pic.twitter.com/ab'), [
    'impfnebenwirk',
    '2021',
    'wahrheit',
  ])
  t.same(german.of('a 1 und'), [], 'one letter, one digit and stop words say nothing')
  const english = new SearchTerms({ ...docSimDefaults, language: 'en', stop_words_extra: ['Claims'] }, stemmerOf('en'))
  t.same(english.of('Claims of VACCINES, vaccine'), ['vaccin', 'vaccin'])
  const all = new SearchTerms({ ...docSimDefaults, stop_words: 'none' }, stemmerOf('de'))
  t.same(all.of('die Ärzte'), ['die', 'arzt'])
  t.same(all.of('A\u0308rzte'), ['arzt'], 'composed first')
})

t.test('BM25 scores are those of the formula', async t => {
  const { bytes, params } = await trainOnTexts(t, ['apfel birne', 'apfel apfel', 'kirsche'], {
    search: 'bm25',
    bm25_k1: 1.2,
    bm25_b: 0.75,
    normalization: 'none',
  })
  const { search } = openDocSim(bytes, params)
  const found = search!.find('Apfel?', 10)
  // N = 3, two documents have it: idf = ln(1 + 1.5 / 2.5) = 0.4700036; lengths 2, 2, 1, mean 5/3;
  // k1 (1 - b + b 2 / (5/3)) = 1.38; frequencies 2 and 1.
  t.same(
    found.map(({ id }) => id),
    ['1', '0'],
  )
  t.ok(near(found[0]!.score, (0.4700036 * 2 * 2.2) / (2 + 1.38)), `${found[0]!.score}`)
  t.ok(near(found[1]!.score, (0.4700036 * 2.2) / (1 + 1.38)), `${found[1]!.score}`)
  t.same(search!.find('Apfel Apfel', 10), found, 'a repeated term counts once')
})

t.test('a search by words finds the claims that share them, best first, with their kept columns', async t => {
  const rows = claims.map((claim, i) => `c${i},"${claim}",Titel ${i}\n`)
  const changes: Partial<DocSimParams> = { search: 'bm25', id_column: 'key', keep_columns: ['title'] }
  const { bytes, params } = await trainOnTable(t, `key,claim_text,title\n${rows.join('')}`, changes)
  const { search } = openDocSim(bytes, params)
  const found = search!.find('Schützen Impfungen vor der Grippe?', 2)
  t.match(found, [{ id: 'c0', text: claims[0], title: 'Titel 0' }, { id: 'c3' }])
  t.same(Object.keys(found[0]!), ['id', 'text', 'score', 'title'])
  t.same(search!.find('5g chip', 1)[0]?.id, 'c2')
  t.same(search!.find('gegen die Raumfahrt', 10), [], 'nothing is found where nothing is shared')
  t.same(search!.find('', 10), [])
})

t.test('documents that share an id are all found, and training says that they do', async t => {
  const { bytes, params, warnings } = await trainOnTable(t, 'id,claim_text\n1,Spinat\n2,Eisen\n1,Spinat und Eisen\n', {
    search: 'bm25',
  })
  t.same(warnings, ['documents share their ids'])
  const found = openDocSim(bytes, params).search!.find('Spinat', 5)
  t.same(
    found.map(({ id }) => id),
    ['1', '1'],
  )
})

t.test('a search by vectors answers what the pair request would, best first', async t => {
  for (const changes of [
    {},
    { weighting: 'sif', remove_principal_components: 1 },
    { blend: 0.5 },
    { blend: 1 },
    { weighting: 'sif', remove_principal_components: 2, blend: 0.3, normalization: 'stemming' },
  ] as Partial<DocSimParams>[]) {
    const name = JSON.stringify(changes)
    const { bytes, params } = await trainOnTexts(t, claims, { ...changes, search: 'vector', epochs: 40 })
    const { search, similarity } = openDocSim(bytes, params)
    const query = 'Menschen mit Grippe im Winter'
    const found = search!.find(query, 5)
    t.equal(found.length, 5, name)
    for (const { text, score } of found) {
      t.ok(near(score, similarity.of(query, text)), `${name}: ${score} beside ${similarity.of(query, text)}`)
    }
    t.same(
      found.toSorted((a, b) => b.score - a.score),
      found,
      name,
    )
    const self = search!.find(claims[1]!, 1)[0]!
    t.equal(self.text, claims[1], name)
    t.ok(near(self.score, 1), `${name}: ${self.score}`)
  }
})

t.test('equal scores come in the order of the documents, however few are asked for', async t => {
  const own = Array.from({ length: 40 }, (_, i) => `wort${String.fromCharCode(97 + (i % 26), 97 + i)}`)
  const texts = own.map((word, i) => (i % 3 === 0 ? `${word} eins` : `zwei ${word}`))
  const changes: Partial<DocSimParams> = { search: 'vector', blend: 1, remove_principal_components: 2 }
  const { bytes, params } = await trainOnTexts(t, texts, changes)
  const { search } = openDocSim(bytes, params)
  const all = search!.find(`${own[3]} fremd`, 40).map(({ id }) => Number(id))
  t.same(all, [3, ...Array.from({ length: 40 }, (_, i) => i).filter(i => i !== 3)])
  for (const top of [2, 5, 17]) {
    t.same(
      search!.find(`${own[3]} fremd`, top).map(({ id }) => Number(id)),
      all.slice(0, top),
    )
  }
})

t.test('no similarity is above 1', async t => {
  const { bytes, params } = await trainOnTexts(t, claims, { search: 'vector', blend: 0.9, vector_size: 24 })
  const { search } = openDocSim(bytes, params)
  for (const claim of claims) for (const { score } of search!.find(claim, 5)) t.ok(score <= 1, `${score}`)
})

t.test('a request with the properties of both forms is answered as the form that it fits', async t => {
  const { bytes, params } = await trainOnTexts(t, claims, { search: 'bm25' })
  const model = openDocSim(bytes, params)
  const ask = (request: object) => docsim.predict(model, request as never, {} as never)
  t.type(ask({ text1: 'Grippe', text2: 'Grippe', text: 'Grippe', top: 1 }), 'number')
  t.match(ask({ text: 'Spinat', top: 1, text1: 'Grippe' }), [{ id: '4' }])
  t.match(ask({ text: 'Spinat', top: 1, text1: 'Grippe', text2: 5 }), [{ id: '4' }])
})

t.test('a text without known words finds nothing by vectors, and by blended words what shares them', async t => {
  const texts = ['eins zwei', 'eins drei', 'zwei seltsam']
  const trained = await trainOnTexts(t, texts, { search: 'vector', blend: 0.5, min_count: 2 })
  const { search } = openDocSim(trained.bytes, trained.params)
  t.same(search!.find('unbekannt', 5), [])
  const found = search!.find('seltsam', 1)
  t.equal(found[0]?.id, '2', 'a word too rare for a vector counts as a word')
})

t.test('more documents than one block are all scored', async t => {
  const texts = Array.from({ length: 40_000 }, (_, i) => `wort${i % 7} gruppe${i % 1000}`)
  texts[33_333] = 'gesucht wird dies'
  const { bytes, params } = await trainOnTexts(t, texts, { search: 'bm25', epochs: 1, min_count: 50 })
  const { search } = openDocSim(bytes, params)
  t.same(
    search!.find('gesucht', 3).map(({ id }) => id),
    ['33333'],
  )
  const found = search!.find('gruppe7', 1000)
  t.same(
    found.map(({ id }) => Number(id)),
    Array.from({ length: 40 }, (_, i) => 7 + 1000 * i),
    'equal ones in their order',
  )
})

t.test('a model without search says how to get one', async t => {
  const { bytes, params } = await trainOnTexts(t, claims)
  const model = openDocSim(bytes, params)
  t.throws(() => docsim.predict(model, { text: 'Grippe', top: 3 }, {} as never), {
    code: 'REQUEST_INVALID',
    message: /This model has no search\. Send two texts.*or train it with search "bm25" or "vector"/,
  })
})

t.test('params that do not go with each other are refused before training', async t => {
  const refused = (changes: Partial<DocSimParams>, message: RegExp) =>
    t.rejects(trainOnTexts(t, claims, changes), { code: 'TRAIN_FAILED', message })
  await refused({ keep_columns: ['text'], search: 'bm25' }, /keep_columns names "text", which an answer has already/)
  await refused({ keep_columns: ['a', 'a'], search: 'bm25' }, /keep_columns names "a"/)
  await refused({ keep_columns: ['title'] }, /keep_columns are for a search/)
  await refused({ vector_size: 2, remove_principal_components: 2 }, /would leave nothing of vectors of 2 numbers/)
  await refused({ keep_columns: ['title'], search: 'bm25' }, /claims\.csv has no column "title"/)
})

t.test('params that ask for more than the model has are refused', async t => {
  const refused = async (trained: Partial<DocSimParams>, changes: Partial<DocSimParams>, message: RegExp) => {
    const { bytes, params } = await trainOnTexts(t, claims, trained)
    t.throws(() => openDocSim(bytes, { ...params, ...changes }), { code: 'ARTIFACT_INVALID', message })
  }
  await refused({}, { search: 'bm25' }, /trained with search "none", its params ask for "bm25"/)
  await refused({ search: 'vector' }, { search: 'bm25' }, /trained with search "vector"/)
  await refused({ search: 'vector' }, { blend: 0.5 }, /trained with blend 0, its params ask for 0\.5/)
  await refused({ search: 'vector' }, { vector_size: 4 }, /vectors have 8 numbers, more than vector_size/)
  await refused({}, { remove_principal_components: 1 }, /tensor "principal_components" is missing/)
  const removed = { remove_principal_components: 1 }
  await refused(removed, { remove_principal_components: 2 }, /it has 1 principal components/)
  await refused(removed, { weighting: 'sif' }, /trained with weighting "uniform", its params ask for "sif"/)
  const byVector: Partial<DocSimParams> = { search: 'vector', weighting: 'sif', ...removed }
  await refused(byVector, { sif_a: 0.5 }, /trained with sif_a 0\.001, its params ask for 0\.5/)
  await refused(byVector, { remove_principal_components: 0 }, /trained with remove_principal_components 1/)
  await refused(byVector, { language: 'en' }, /trained with language "de", its params ask for "en"/)
  await refused(byVector, { normalization: 'stemming' }, /trained with normalization "none"/)
  await refused({ search: 'bm25' }, { bm25_k1: 2 }, /trained with bm25_k1 0\.9, its params ask for 2/)
  await refused({ search: 'bm25' }, { stop_words: 'none' }, /trained with stop_words "nltk"/)
  const { bytes, params } = await trainOnTexts(t, claims)
  t.ok(openDocSim(bytes, { ...params, blend: 0.5, weighting: 'sif' }), 'these need no other training')
  const blended = await trainOnTexts(t, claims, { search: 'vector', blend: 0.5 })
  t.ok(openDocSim(blended.bytes, { ...blended.params, blend: 0 }), 'nor does less blend')
  t.ok(openDocSim(blended.bytes, { ...blended.params, blend: 0.9 }), 'or more')
})

/** A search artifact made by hand, with what a test changes of it. */
function searchFile(changes: TensorSource['tensors'] = {}): Uint8Array {
  const tensors = {
    ...stringTable('vocabulary', ['eins']),
    word_vectors: { data: Float32Array.of(1, 0), shape: [1, 2] },
    ...stringList('documents', ['eins', 'zwei']),
    ...stringList('document_ids', ['a', 'b']),
    ...stringTable('terms', ['ein', 'zwei']),
    'postings.offsets': Uint32Array.of(0, 2, 3),
    'postings.documents': Uint32Array.of(0, 1, 1),
    'postings.weights': Float32Array.of(2, 1, 3),
    ...changes,
  }
  return encodeTensorFile({ tensors, metadata: { search: 'bm25' } })
}

t.test('postings that a kernel could not go through are refused', async t => {
  const params = { search: 'bm25', vector_size: 2 } as const
  const ids = (file: Uint8Array) =>
    openDocSim(file, params)
      .search!.find('Eins', 5)
      .map(({ id, score }) => [id, score])
  t.same(ids(searchFile()), [
    ['a', 2],
    ['b', 1],
  ])
  const wrong: [TensorSource['tensors'], RegExp][] = [
    [{ 'postings.documents': Uint32Array.of(0, 2, 1) }, /postings of term 0 name a document out of order or range/],
    [{ 'postings.documents': Uint32Array.of(1, 1, 1) }, /postings of term 0 name a document out of order or range/],
    [{ 'postings.offsets': Uint32Array.of(0, 4, 3) }, /"postings\.offsets" fall at term 0/],
    [{ 'postings.offsets': Uint32Array.of(1, 2, 3) }, /do not begin with 0/],
    [{ 'postings.offsets': Uint32Array.of(0, 3) }, /postings\.offsets/],
    [{ 'postings.weights': Float32Array.of(2, Number.NaN, 1) }, /weight 1 of the postings is NaN/],
    [{ 'postings.weights': Float32Array.of(2, 1e9, 1) }, /weight 1 of the postings is 1000000000/],
    [{ 'postings.weights': Float32Array.of(2, 1) }, /postings\.weights/],
    [stringList('document_ids', ['a']), /"document_ids" has 1 entries for 2 documents/],
  ]
  for (const [changes, message] of wrong) {
    t.throws(() => openDocSim(searchFile(changes), params), { code: 'ARTIFACT_INVALID', message })
  }
})

t.test('a damaged search model answers finite scores or is refused', async t => {
  for (const search of ['bm25', 'vector'] as const) {
    const { bytes, params } = await trainOnTexts(t, claims, { search, blend: 0.5, remove_principal_components: 1 })
    const place = fc.nat(bytes.length - 1)
    fc.assert(
      fc.property(fc.array(fc.tuple(place, fc.nat(255)), { minLength: 1, maxLength: 8 }), changes => {
        const damaged = new Uint8Array(bytes)
        for (const [at, byte] of changes) damaged[at] = byte
        try {
          const found = openDocSim(damaged, params).search!.find('Impfung gegen Grippe im Winter', 10)
          return found.every(({ score }) => Number.isFinite(score))
        } catch (error) {
          return isHostError(error) && error.status === 422
        }
      }),
      { numRuns: 1000 },
    )
  }
})
