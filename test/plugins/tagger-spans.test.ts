import fc from 'fast-check'
import { encodeTensorFile, TensorFile } from 'modelhost'
import { createSharedMemory, pageBytes } from 'modelhost/kernels'
import t from 'tap'
import { createEngine } from '../../plugins/_text/tagging/engine.js'
import { maxUnits } from '../../plugins/_text/tagging/kernels/tagging.js'
import { MemoryWriter } from '../../plugins/_text/tagging/memory-writer.js'
import { readTaggerModel } from '../../plugins/_text/tagging/model-file.js'
import { readWordTables } from '../../plugins/_text/tagging/tables.js'
import { taggerOf } from '../../plugins/_text/tagging/tagger-file.js'
import type { Development } from '../../plugins/_text/tagging/training/tools.js'
import { trainTagger } from '../../plugins/_text/tagging/training/train.js'
import { readWordLists } from '../../plugins/_text/tagging/training/word-lists.js'
import { allowedSpans, transitionRows, transitionWidth } from '../../plugins/_text/tagging/transitions.js'
import { writeWord } from '../../plugins/_text/tagging/word-units.js'
import { silentLog } from '../helpers/silent-log.js'
import { spanCorpus, spanSettings, spanTags } from '../helpers/span-tagger.js'
import { bestWithoutTwin } from '../twins/margins.js'

const refuse = (problem: string) => new Error(problem)
const tools = { log: silentLog, progress: () => {}, threads: 1, refuse }
const train = async (settings = {}, corpus = spanCorpus, others = {}) =>
  trainTagger(corpus, await readWordLists('en', {}, refuse), { ...spanSettings, ...settings }, { ...tools, ...others })

const word = fc.constantFrom(
  'Anna',
  'Berg',
  'Otto',
  'New',
  'York',
  'Red',
  'Fox',
  'Club',
  'in',
  'met',
  '.',
  'PARIS',
  'May',
)
const mayFollow = (from: string | undefined, to: string | undefined) => {
  const table = allowedSpans(spanTags)
  const count = spanTags.length
  const row = from === undefined ? count : spanTags.indexOf(from)
  return to === undefined ? table[(count + 1) * count + row] === 1 : table[row * count + spanTags.indexOf(to)] === 1
}

t.test('the mask of spans lets them begin and go on and end as they must', async t => {
  const may = (pairs: string) => pairs.split(' ').map(pair => mayFollow(...(pair.split('>') as [string, string])))
  t.ok(may('O>O O>B-PER O>U-LOC B-PER>I-PER B-PER>L-PER I-PER>L-PER L-PER>U-PER U-LOC>B-LOC').every(Boolean))
  t.notOk(may('O>I-PER O>L-LOC B-PER>O B-PER>I-LOC I-ORG>U-ORG L-PER>I-PER U-LOC>L-LOC').some(Boolean))
  t.same(
    spanTags.filter(tag => !mayFollow(tag, undefined)),
    spanTags.filter(tag => /^[BI]/.test(tag)),
  )
  t.same(
    spanTags.filter(tag => !mayFollow(undefined, tag)),
    spanTags.filter(tag => /^[IL]/.test(tag)),
  )
})

t.test('what is learned with a mask finds the spans again, and never breaks the mask', async t => {
  const { source } = await train({ epochs: 8 })
  const tagger = taggerOf(encodeTensorFile(source), 'spans')
  const tagsOf = (words: readonly string[], fixed?: Uint8Array) => {
    const out = new Uint8Array(words.length)
    tagger.tagWords(words, out, fixed)
    return Array.from(out, tag => tagger.tags[tag]!)
  }
  for (const { words, tags } of spanCorpus.sentences) t.same(tagsOf(words), tags)
  const tag = fc.constantFrom(...spanTags.keys(), 255)
  fc.assert(
    fc.property(fc.array(fc.tuple(word, tag), { minLength: 1, maxLength: 256 }), pairs => {
      // Whatever tags are wished for.
      const found = tagsOf(
        pairs.map(([word]) => word),
        Uint8Array.from(pairs, ([, only]) => only),
      )
      return [...found, undefined].every((tag, i) => mayFollow(found[i - 1], tag))
    }),
    { numRuns: 200 },
  )
})

t.test('a margin is what the best tags are better than the best ones without a span', async t => {
  const { source } = await train({ epochs: 2 })
  const bytes = encodeTensorFile(source)
  const memory = createSharedMemory(32 * pageBytes + bytes.length)
  const place = new Uint8Array(memory.buffer, pageBytes, bytes.length)
  place.set(bytes)
  const file = new TensorFile(place)
  const model = readTaggerModel(file)
  const engine = createEngine(
    file,
    model,
    readWordTables(file),
    new MemoryWriter(memory, pageBytes + bytes.length, 32 * pageBytes),
  )
  const tagger = taggerOf(bytes, 'spans')
  const rows = transitionRows(model)
  const width = transitionWidth(spanTags.length)
  const weights = {
    transitions: spanTags.concat('start', 'end').map((_, i) => rows.subarray(i * width, (i + 1) * width)),
  }
  const wanted = Uint8Array.from(spanTags, tag => (tag === 'O' ? 0 : 1))
  let spans = 0
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), words => {
      const [out, margins] = [new Uint8Array(words.length), new Float32Array(words.length).fill(-1)]
      tagger.tagWords(words, out, undefined, { wanted, out: margins })
      for (const [i, text] of words.entries()) {
        engine.lengths[i] = writeWord(text, 0, text.length, engine.units, i * maxUnits)
      }
      engine.tag(words.length)
      const scores = words.map((_, i) => engine.scores.slice(i * 16, i * 16 + spanTags.length))
      return Array.from(out).every((tag, i) => {
        if (tag === 0) return margins[i] === -1
        let [from, to] = [i, i]
        while (/^[IL]/.test(spanTags[out[from]!]!)) from--
        while (/^[BI]/.test(spanTags[out[to]!]!)) to++
        spans++
        const { best, without } = bestWithoutTwin(scores, weights, out, from, to)
        return margins[i] === Math.fround((best - without) * model.scale) && best > without - 1
      })
    }),
    { numRuns: 200 },
  )
  t.ok(spans > 100)
})

t.test('tags that may not stand where they stand are refused before anything is learned', async t => {
  const broken = (tags: string) => ({
    ...spanCorpus,
    sentences: [{ words: ['Anna', 'Berg'], tags: tags.split(' '), domain: 0 }],
  })
  await t.rejects(train({}, broken('B-PER O')), {
    message: '"Berg" has the tag O behind "Anna" with B-PER, which may not be.',
  })
  await t.rejects(train({}, broken('L-PER O')), { message: /"Anna" has the tag L-PER behind the start/ })
  await t.rejects(train({}, broken('O B-PER')), { message: /a sentence ends behind "Berg" with B-PER/ })
})

t.test('a long sentence is learned in pieces that no span is cut by', async t => {
  const names = Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? 'B-PER' : 'L-PER'))
  const [words, tags] = [
    ['the', ...names.map(tag => tag)],
    ['O', ...names],
  ]
  const { source } = await train({}, { ...spanCorpus, sentences: [{ words, tags, domain: 0 }] })
  t.ok(Number(source.metadata['features']) > 0)
  const endless = ['B-PER', ...new Array(256).fill('I-PER'), 'L-PER']
  const sentences = [{ words: endless, tags: endless, domain: 0 }]
  await t.rejects(train({}, { ...spanCorpus, sentences }), {
    message: /a span of more than 256 words; it begins with "B-PER"/,
  })
})

t.test('with patience the best pass counts, whatever the number of threads', async t => {
  const scores = [1, 3, 2, 3, 0, 9]
  const watched = (others: object = {}) => {
    const looks: Development[] = []
    const development = () => {
      const score = scores[looks.length] ?? 0
      looks.push({ score, figures: { 'dev f1': score } })
      return looks.at(-1)!
    }
    return { looks, tools: { ...others, development } }
  }
  const one = watched()
  const best = await train({ epochs: 9, patience: 3 }, spanCorpus, one.tools)
  t.match(best, { epochs: 2, development: { score: 3 } })
  t.equal(one.looks.length, 5, 'three passes without a better one')
  const plain = await train({ epochs: 2 })
  t.equal(best.source.metadata['hash'], plain.source.metadata['hash'], 'as if there had been two')

  const runs = async (threads: number) =>
    train({ epochs: 9, patience: 3, runs: 3 }, spanCorpus, watched({ threads }).tools)
  const [alone, together] = [await runs(1), await runs(3)]
  t.equal(alone.epochs, 2)
  t.equal(alone.source.metadata['hash'], together.source.metadata['hash'])
  t.equal(alone.source.metadata['hash'], (await train({ epochs: 2, runs: 3 })).source.metadata['hash'])
})
