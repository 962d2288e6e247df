import { existsSync, readFileSync } from 'node:fs'
import { copyFile, open, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import t from 'tap'
import { importModel } from '../../cli/import/import-model.js'
import { folder } from '../helpers/artifacts.js'
import { joined, little, named, pickle, raw, text } from '../helpers/pickles.js'
import { fixture, numbersOf, readOther, stringsOf } from '../helpers/read-model.js'
import { silentLog } from '../helpers/silent-log.js'

interface Topics {
  readonly vocabulary: string[]
  readonly components: number[][]
  readonly doc_topic_prior: number
}

interface Vectors {
  readonly words: string[]
  readonly counts: number[]
  readonly vectors: number[][]
}

const expected = <T>(name: string): T => JSON.parse(readFileSync(fixture(`expected.${name}.json`), 'utf8')) as T

t.test('topics of pke keep their words and every bit of their numbers, in all protocols', async t => {
  for (const numpy of ['numpy1', 'numpy2']) {
    const { vocabulary, components, doc_topic_prior: prior } = expected<Topics>(numpy)
    for (const protocol of [0, 1, 2, 3, 4, 5]) {
      const name = `lda.${numpy}.protocol${protocol}.pickle.gz`
      const model = await readOther(t, fixture(name))
      t.match(model, { plugin: 'TopicalPageRank', fixed: { n_topics: 2 }, figures: { words: 15, topics: 2 } }, name)
      const content = model.content({ precision: 'float64' })
      t.same(stringsOf(content, 'vocabulary'), vocabulary)
      t.same(numbersOf(content, 'components'), components.flat())
      t.same(content.tensors['components'], { data: Float64Array.from(components.flat()), shape: [2, 15] })
      t.equal(content.metadata?.['doc_topic_prior'], String(prior))
      t.same(numbersOf(model.content({ precision: 'float32' }), 'components'), components.flat().map(Math.fround))
    }
  }
})

t.test('a Doc2Vec of gensim keeps words, counts, vectors and params, pickled or saved, from 3.8 to 4.4', async t => {
  for (const version of ['3.8.3', '4.3.3', '4.4.0']) {
    const { words, counts, vectors } = expected<Vectors>(`gensim${version}`)
    for (const form of ['pickle', 'save']) {
      const model = await readOther(t, fixture(`doc2vec.gensim${version}.${form}`))
      const known = version.startsWith('3') ? '3' : version
      const protocol = version.startsWith('3') && form === 'save' ? 2 : 4
      t.equal(model.source, `a Doc2Vec of gensim ${known} (pickle protocol ${protocol})`)
      t.match(model, {
        plugin: 'DocSim',
        fixed: { vector_size: 3 },
        params: { epochs: 5, window: 4, min_count: 2 },
      })
      const content = model.content({})
      t.same(stringsOf(content, 'vocabulary'), words)
      t.same(numbersOf(content, 'counts'), counts)
      t.same(numbersOf(content, 'word_vectors'), vectors.flat())
      t.equal(content.metadata?.['documents'], '5')
    }
  }
})

t.test('a Word2Vec, word vectors alone, and the formats of word2vec are read, too', async t => {
  const { words, counts, vectors } = expected<Vectors>('gensim4.4.0')
  const own = expected<Vectors>('word2vec')
  const model = await readOther(t, fixture('word2vec.model.pickle'))
  t.equal(model.source, 'a Word2Vec of gensim 4.4.0 (pickle protocol 5)')
  t.same(numbersOf(model.content({}), 'word_vectors'), own.vectors.flat())
  const alone = (await readOther(t, fixture('keyedvectors.protocol0.pickle'))).content({})
  t.same(numbersOf(alone, 'counts'), counts)
  t.same(numbersOf(alone, 'word_vectors'), vectors.flat())
  const packed = join(await folder(t, { 'vectors.gz': gzipSync(readFileSync(fixture('word2vec.txt'))) }), 'vectors.gz')
  for (const [file, format] of [
    [fixture('word2vec.txt'), 'text'],
    [fixture('word2vec.bin'), 'binary'],
    [packed, 'text'],
  ] as const) {
    const read = await readOther(t, file)
    t.equal(read.source, `word2vec's ${format} format`)
    const content = read.content({})
    t.same(stringsOf(content, 'vocabulary'), words)
    t.same(numbersOf(content, 'word_vectors'), vectors.flat())
    t.notOk('counts' in content.tensors, 'the format has no counts')
  }
})

t.test('a model of an old gensim has its vectors under other names, and one that learned none is told', async t => {
  const array = joined(
    named('numpy._core.numeric', '_frombuffer'),
    joined('(', raw(new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer)), named('numpy', 'dtype'), text('<f4'), '\x85R'),
    joined('K\x02K\x02\x86', text('C'), 'tR'),
  )
  const vocab = (count: number) =>
    joined(named('gensim.models.word2vec', 'Vocab'), ')\x81}', text('count'), 'K', little(count, 1), 'sb')
  const vectors = joined(
    joined(text('index2word'), '](', text('wind'), text('strom'), 'e', text('syn0'), array),
    joined(text('vocab'), '}(', text('strom'), vocab(4), text('wind'), vocab(7), 'u'),
  )
  const state = (...parts: Uint8Array[]) => joined('}(', ...parts, 'ub')
  const alone = joined(named('gensim.models.keyedvectors', 'KeyedVectors'), ')\x81', state(vectors))
  const doc2vec = (...parts: Uint8Array[]) =>
    pickle(named('gensim.models.doc2vec', 'Doc2Vec'), ')\x81', state(...parts))
  const untrained = joined(text('sg'), 'K\x01', text('dbow_words'), 'K\0', text('iter'), 'K\x09')
  const path = await folder(t, {
    flat: doc2vec(vectors),
    inner: doc2vec(text('wv'), alone, untrained),
    tuple: joined(
      named('copy_reg', '_reconstructor'),
      '(',
      named('gensim.models.doc2vec', 'Doctag'),
      named('__builtin__', 'tuple'),
      ')tR.',
    ),
  })
  for (const name of ['flat', 'inner']) {
    const model = await readOther(t, join(path, name))
    t.match(model.source, /^a Doc2Vec of gensim before 3\.3/)
    t.same(numbersOf(model.content({}), 'counts'), [7, 4])
    t.same(numbersOf(model.content({}), 'word_vectors'), [1, 2, 3, 4])
  }
  const { notes, params } = await readOther(t, join(path, 'inner'))
  t.match(notes, [/^it was trained as PV-DBOW \(dm=0\) without dbow_words/])
  t.match(params, { epochs: 9 })
  await t.rejects(
    readOther(t, join(path, 'tuple')),
    /an object of gensim\.models\.doc2vec\.Doctag has no list of words/,
  )
})

const arrayOf = (type: string, shape: string, bytes: Uint8Array) =>
  joined(
    joined(named('numpy._core.numeric', '_frombuffer'), '(', raw(bytes), named('numpy', 'dtype'), text(type), '\x85R'),
    joined(shape, text('C'), 'tR'),
  )
const vectorsOf = (words: Uint8Array, array: Uint8Array) =>
  pickle(
    joined(named('gensim.models.keyedvectors', 'KeyedVectors'), ')\x81}('),
    joined(text('index_to_key'), '](', words, 'e', text('vectors'), array, 'ub'),
  )

t.test(
  'a word that stands twice among vectors is refused: repeated in an artifact it would have its whole length',
  async t => {
    const array = arrayOf('i1', 'K\x03K\x01\x86', Uint8Array.of(1, 2, 3))
    const words = joined('X', little(60_000, 4), 'w'.repeat(60_000), '\x94h\0h\0')
    const path = await folder(t, { twice: vectorsOf(words, array) })
    await t.rejects(readOther(t, join(path, 'twice')), /the word "w{200}…" stands twice in index_to_key/)
  },
)

t.test('counts are taken where each word has one, and not where gensim has made them up', async t => {
  const array = arrayOf('i1', 'K\x02K\x01\x86', Uint8Array.of(1, 2))
  const begin = vectorsOf(joined(text('wind'), text('strom')), array).subarray(0, -1)
  const cases: [string, number, Uint8Array, number[] | undefined][] = [
    ['i1', 2, Uint8Array.of(5, 3), [5, 3]],
    ['i1', 2, Uint8Array.of(2, 1), undefined],
    ['i1', 3, Uint8Array.of(5, 3, 1), undefined],
    ['i8', 2, new Uint8Array(BigInt64Array.of(2n ** 32n, 3n).buffer), undefined],
  ]
  for (const [type, length, bytes, counts] of cases) {
    const count = arrayOf(type, `K${String.fromCharCode(length)}\x85`, bytes)
    const counted = joined(begin, '}', text('expandos'), '}', text('count'), count, 'ssb.')
    const { tensors } = (await readOther(t, join(await folder(t, { counted }), 'counted'))).content({})
    t.same(tensors['counts'] && [...(tensors['counts'] as Uint32Array)], counts)
  }
})

t.test('vectors alone have their array beside them under its own name', async t => {
  const alone = pickle(
    joined(named('gensim.models.keyedvectors', 'KeyedVectors'), ')\x81}('),
    joined(text('index_to_key'), ']', text('a'), 'a', text('__numpys'), ']', text('vectors'), 'aub'),
  )
  await t.rejects(readOther(t, join(await folder(t, { alone }), 'alone')), /alone\.vectors\.npy is missing/)
})

t.test('topics are finite and above 0, and so is their prior', async t => {
  const floats = (...numbers: number[]) => new Uint8Array(Float64Array.from(numbers).buffer)
  const one = (x: number) => arrayOf('<f8', 'K\x01K\x01\x86', floats(x))
  const topics = (components: Uint8Array, derived: Uint8Array, prior: number) =>
    pickle('(]', text('a'), 'a', components, derived, 'G', floats(prior).reverse(), 't')
  const cases: [Uint8Array, RegExp][] = [
    [topics(one(Infinity), one(1), 1), /the word "a" has Infinity in topic 0/],
    [topics(one(0), one(1), 1), /the word "a" has 0 in topic 0/],
    [topics(one(1), one(1), Infinity), /its doc_topic_prior is the number Infinity/],
    [topics(one(1), arrayOf('<f8', 'K\x02\x85', floats(1, 2)), 1), /beside its components is an array of f8 \(2\)/],
  ]
  for (const [lda, message] of cases) {
    const read = readOther(t, join(await folder(t, { lda }), 'lda'))
    await t.rejects(
      read.then(model => model.content({ precision: 'float64' })),
      message,
    )
  }
})

t.test('an array that was mapped into memory when it was pickled is one like others', async t => {
  const mapped = (module: string) =>
    joined(
      joined(named('numpy._core.multiarray', '_reconstruct'), named(module, 'memmap'), 'K\0\x85C\x01b\x87R'),
      joined('(K\x01K\x02K\x01\x86', named('numpy', 'dtype'), text('i1'), '\x85R\x89', raw(Uint8Array.of(5, 6)), 'tb'),
    )
  const words = joined(text('wind'), text('strom'))
  for (const module of ['numpy', 'numpy.core.memmap']) {
    const path = await folder(t, { mapped: vectorsOf(words, mapped(module)) })
    const model = await readOther(t, join(path, 'mapped'))
    t.same(numbersOf(model.content({}), 'word_vectors'), [5, 6], module)
  }
})

t.test('topics that unpack to more than a model may have are refused before memory is taken for them', async t => {
  const path = join(await folder(t, {}), 'topics')
  const topics = 540_000_000
  const begin = joined(
    '\x80\x04(]',
    text('a'),
    'a',
    named('numpy._core.numeric', '_frombuffer'),
    '(\x8e',
    little(topics, 8),
  )
  const end = joined(
    joined(named('numpy', 'dtype'), text('i1'), '\x85RJ', little(topics, 4), 'K\x01\x86', text('C'), 'tR\x94h\0'),
    joined('G\x3f\xb9\x99\x99\x99\x99\x99\x9at.'),
  )
  const file = await open(path, 'w')
  await file.write(begin)
  // The file has a hole there: it takes no place.
  await file.write(end, 0, end.length, begin.length + topics)
  await file.close()
  const model = await readOther(t, path)
  t.throws(() => model.content({ precision: 'float64' }), {
    name: 'ImportError',
    message:
      /its 540000000 topics of 1 words take 4320000000 bytes; a model has at most 4293918720\. --set precision=float32/,
  })
})

t.test('stop words count where the vectors have them, as in gensim', async t => {
  const german = await readOther(t, fixture('word2vec.txt'))
  t.match(german.params, { stop_words: 'none' })
  t.match(german.notes, [/^1 stop words have vectors \(im\)/])
  const english = await readOther(t, fixture('word2vec.txt'), { language: 'en' })
  t.notOk('stop_words' in english.params)
  t.same(english.notes, [])
})

t.test('what is no model is refused with what it is', async t => {
  const files: Record<string, [Uint8Array | string, RegExp]> = {
    empty: ['', /^it is empty/],
    words: ['wind 0.1 0.2 0.3\n', /looks like vectors without a first line: put "<words> <numbers>"/],
    glove: ['the 0.418 -2.4968e-05 -0.41242\n', /looks like vectors without a first line/],
    bracket: ['( 0.418 0.24968 -0.41242\n', /looks like vectors without a first line/],
    csv: ['id,claim_text\n1,a\n', /begins like none of what is read\. Read are topics of pke/],
    claims: ['claim_text,label\na,1\n', /begins like none of what is read/],
    texts: ['text,label\na,1\n', /begins like none of what is read/],
    zip: ['PK\x03\x04', /it is a zip archive/],
    array: [joined('\x93NUMPY'), /it is a numpy array alone/],
    tensors: [joined(little(2, 8), '{"a"'), /it is a tensor file/],
    list: [pickle(']'), /its pickle holds a list of 0\. Read are the topics/],
    joblib: [
      pickle(named('joblib.numpy_pickle', 'NumpyArrayWrapper')),
      /names "joblib\.numpy_pickle\.NumpyArrayWrapper"/,
    ],
    twice: [gzipSync(gzipSync('a')), /it is gzip in gzip/],
    broken: [
      gzipSync('a'.repeat(1000)).subarray(0, 20),
      /begins as gzip and cannot be unpacked \(unexpected end of file\)/,
    ],
    documents: [
      pickle(named('gensim.models.keyedvectors', 'Doc2VecKeyedVectors'), ')\x81'),
      /holds the vectors of documents \(docvecs\), not of words/,
    ],
    untrained: [
      pickle(
        named('gensim.models.keyedvectors', 'KeyedVectors'),
        ')\x81}',
        text('index_to_key'),
        ']',
        text('a'),
        'asb',
      ),
      /has no word vectors/,
    ],
  }
  const path = await folder(t, Object.fromEntries(Object.entries(files).map(([name, [content]]) => [name, content])))
  for (const [name, [, message]] of Object.entries(files))
    await t.rejects(readOther(t, join(path, name)), { name: 'ImportError', message }, name)
  await t.rejects(readOther(t, path), /is a folder\. Name the model's file/)
})

t.test('a model saved in several files is missed where one of them is not there, or is another', async t => {
  const path = await folder(t, {})
  const name = 'doc2vec.gensim4.3.3.save'
  const array = `${name}.wv.vectors.npy`
  await copyFile(fixture(name), join(path, name))
  await t.rejects(
    readOther(t, join(path, name)),
    new RegExp(`${array} is missing: gensim keeps large arrays in files beside`),
  )
  const packed = array.replace('.npy', '.npz')
  await writeFile(join(path, packed), '')
  await t.rejects(
    readOther(t, join(path, name)),
    new RegExp(`${packed} is packed, which is not read\\. Load the model in Python`),
  )
  const whole = readFileSync(fixture(array))
  const wrong: [Uint8Array, RegExp][] = [
    [whole.subarray(0, 5), /is no \.npy file of numpy/],
    [whole.subarray(0, whole.length - 1), /is cut off or damaged: an array .* has 95 bytes, its shape asks for 96/],
    [joined('\x93NUMPY\x01\0', little(9000, 2), '  '), /claims a header of 9000 bytes/],
    [
      joined(String.fromCharCode(...whole).replace("'<f4'", "'|O'")),
      /has numbers of the type "\|O"|header that is not/,
    ],
    [
      joined(String.fromCharCode(...whole).replace('(8, 3)', '(3, 8)')),
      /it has 8 words, and their vectors are an array of f4 \(3, 8\)/,
    ],
  ]
  for (const [bytes, message] of wrong) {
    await writeFile(join(path, array), bytes)
    await t.rejects(readOther(t, join(path, name)), message)
  }

  const { words, vectors } = expected<Vectors>('gensim4.3.3')
  const [rows, size] = [words.length, vectors[0]!.length]
  const columns = Float32Array.from({ length: rows * size }, (_, i) => vectors[i % rows]![Math.floor(i / rows)]!)
  const header = `{'descr': '<f4', 'fortran_order': True, 'shape': (${rows}, ${size}), }\n`
  const second = joined('\x93NUMPY\x02\0', little(header.length, 4), header, new Uint8Array(columns.buffer))
  await writeFile(join(path, array), second)
  const model = await readOther(t, join(path, name))
  t.same(numbersOf(model.content({}), 'word_vectors'), vectors.flat(), 'columns first, in version 2 of the format')
  await writeFile(join(path, array), joined('\x93NUMPY\x04\0', second.subarray(8)))
  await t.rejects(readOther(t, join(path, name)), /is no \.npy file of numpy/)
  await writeFile(join(path, array), joined('\x93NUMPY\x02\0', little(70_000, 4), ' '.repeat(70_000)))
  await t.rejects(readOther(t, join(path, name)), /claims a header of 70000 bytes/)
})

t.test('a packed file may not become larger than is allowed', async t => {
  const bomb = join(await folder(t, { bomb: gzipSync(Buffer.alloc(20 << 20)) }), 'bomb')
  await t.rejects(
    readOther(t, bomb, { limits: { maxUnpackedBytes: 1 << 20, maxUnpackRatio: 500 } }),
    /unpacked it has more than 1 MiB\. If it should, raise --max-unpacked-bytes/,
  )
  await t.rejects(
    readOther(t, bomb, { limits: { maxUnpackedBytes: 1 << 30, maxUnpackRatio: 100 } }),
    /unpack to more than 100 times as many\. If they should, raise --max-unpack-ratio/,
  )
})

t.test('topics whose parts do not fit each other are refused', async t => {
  const bytes = gunzipSync(readFileSync(fixture('lda.numpy1.protocol0.pickle.gz'))).toString('latin1')
  const changes: [string, string | RegExp, string, RegExp][] = [
    ['a word twice', 'aVim\n', 'aVessen\n', /the word "essen" stands twice in the vocabulary/],
    ['a word less', /aVim\np\d+\n/, '', /it has 14 words and components of 2 topics and 15 words/],
    ['a number for a word', /aVim\np\d+\n/, 'aI5\n', /number \d+ of the vocabulary is the number 5, not a word/],
    ['no prior', /F0\.5\n/, 'F-1.0\n', /its doc_topic_prior is the number -1/],
  ]
  for (const [what, from, to, message] of changes) {
    t.ok(bytes.search(from) > 0, what)
    const path = join(await folder(t, { lda: joined(bytes.replace(from, to)) }), 'lda')
    await t.rejects(readOther(t, path), message, what)
  }
})

t.test('an import writes an artifact that was loaded once, or nothing', async t => {
  const path = await folder(t, { 'bad.pickle': pickle(named('posix', 'system'), text('touch here'), '\x85R') })
  const output = join(path, 'out')
  const job = { output, log: silentLog }
  const file = fixture('doc2vec.gensim4.4.0.save')
  const made = await importModel({
    ...job,
    file,
    params: {
      max_seconds: '5',
      vector_size: '"3"',
      epochs: '9',
      language: '"en"',
      examples: [{ text1: 'a', text2: 'b' }],
    },
  })
  t.match(made, { folder: output, plugin: 'DocSim', figures: { words: 8, vector_size: 3 } })
  t.same(made.notes, [], 'none of its words is an English stop word')
  t.same((await readdir(output)).sort(), ['DocSim-model', 'DocSim-params.json'])
  const params = JSON.parse(readFileSync(join(output, 'DocSim-params.json'), 'utf8'))
  t.match(params, {
    model_name: 'DocSim',
    vector_size: 3,
    epochs: 9,
    window: 4,
    examples: [{ text1: 'a', text2: 'b' }],
  })

  const before = readFileSync(join(output, 'DocSim-model'))
  await t.rejects(importModel({ ...job, file: join(path, 'bad.pickle'), params: {} }), {
    code: 'IMPORT_FAILED',
    message: /bad\.pickle cannot be imported: at byte 2 its pickle names "posix\.system"/,
  })
  t.same(readFileSync(join(output, 'DocSim-model')), before)
  t.same((await readdir(path)).sort(), ['bad.pickle', 'out'])
  t.notOk(existsSync('here'))
})

t.test('a model that lies where its artifact goes is not lost', async t => {
  const path = await folder(t, { 'DocSim-model': readFileSync(fixture('word2vec.txt')) })
  const before = readFileSync(join(path, 'DocSim-model'))
  const job = { file: join(path, 'DocSim-model'), params: {}, log: silentLog }
  await t.rejects(importModel({ ...job, output: path }), {
    code: 'IMPORT_FAILED',
    message: /it lies in .*, where files named DocSim-\.\.\. are replaced\. Choose another --output/,
  })
  t.same(readFileSync(join(path, 'DocSim-model')), before)
  t.same(await readdir(path), ['DocSim-model'])
})
