import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { encodeTensorFile, stringTable } from 'modelhost'
import { Preprocessor, type TextSettings } from '../../plugins/_text/preprocess.js'
import { float32String } from '../../plugins/docsim/float32.js'
import type { Similarity } from '../../plugins/docsim/similarity.js'
import { alphaAt, batchAt, cutBatches } from '../../plugins/docsim/training/batches.js'
import { sigmoidTable } from '../../plugins/docsim/training/sigmoid.js'
import { type Corpus, CorpusBuilder, keepThresholds, noiseTable } from '../../plugins/docsim/training/vocabulary.js'
import { openDocSim } from '../helpers/docsim-artifact.js'
import { startPass } from '../helpers/pv-dm-pass.js'
import { GensimGenerator } from '../twins/gensim-generator.js'
import type { Matrices } from '../twins/pv-dm.js'
import { type Check, Tally } from './check.js'
import { readJson, readText } from './files.js'

const settings: TextSettings = {
  language: 'de',
  stop_words: 'nltk',
  stop_words_extra: [],
  protected_tokens: ['5G'],
  normalization: 'none',
}
const german = new Preprocessor(settings)
const english = new Preprocessor({ ...settings, language: 'en' })
const bare = new Preprocessor({ ...settings, stop_words: 'none', protected_tokens: [] })

/** @param gold  the folder that holds docsim/; texts come from data/ beside it */
export async function checkDocSim(gold: string): Promise<Check[]> {
  const folder = join(gold, 'docsim')
  return [
    checkPreprocessing(folder),
    ...checkVocabulary(folder, join(gold, '..', 'data')),
    ...checkTraining(folder),
    ...checkSimilarity(folder),
    checkFloat32(folder),
    ...checkGenerator(folder),
  ]
}

function checkPreprocessing(folder: string): Check {
  const tally = new Tally('preprocessing')
  const { cases } = readJson<{ cases: Record<string, string>[] }>(folder, 'preprocess.json')
  for (const row of cases) {
    const text = row['text']!
    tally.same(bare.tokens(text), row['simple_preprocess'], text)
    tally.same(german.tokens(text), row['original_de'], text)
    tally.same(english.tokens(text), row['original_en'], text)
  }
  return tally.check
}

interface VocabularyCase {
  readonly source: string
  readonly min_count: number
  readonly sample: number
  readonly documents: number
  readonly raw_words: number
  readonly counts: number[]
  readonly sample_int: number[]
  readonly cum_table: number[]
  readonly words_sha256: string
  readonly first_words: string[]
}

function readSource(data: string, source: string): string[] {
  if (source.endsWith('_de')) {
    const rows = parse(readText(data, 'claims', 'de', `${source}.csv.gz`), { columns: true, bom: true })
    return (rows as Record<string, string>[]).map(row => row['claim_text']!)
  }
  const lines = readText(data, 'retrieval', 'checkthat2020_en.docs.tsv.gz').trimEnd().split('\n')
  return lines.slice(1).map(line => line.split('\t')[1]!)
}

function checkVocabulary(folder: string, data: string): Check[] {
  const words = new Tally('vocabulary: words and order')
  const tables = new Tally('vocabulary: counts, sampling and noise tables')
  for (const row of readJson<{ cases: VocabularyCase[] }>(folder, 'vocab.json.gz').cases) {
    const what = `${row.source}, min_count ${row.min_count}`
    const builder = new CorpusBuilder()
    const preprocessor = row.source.endsWith('_de') ? german : english
    for (const text of readSource(data, row.source)) builder.add(preprocessor.tokens(text))
    const { vocabulary } = builder.build(row.min_count)
    words.same([builder.documents, builder.tokens], [row.documents, row.raw_words], what)
    words.same(vocabulary.words.slice(0, 60), row.first_words, what)
    words.same(createHash('sha256').update(vocabulary.words.join('\n')).digest('hex'), row.words_sha256, what)
    const pairs = [
      [vocabulary.counts, row.counts],
      [keepThresholds(vocabulary, row.sample), row.sample_int],
      [noiseTable(vocabulary), row.cum_table],
    ] as const
    for (const [actual, expected] of pairs) {
      tables.same(actual.length, expected.length, what)
      for (const [i, number] of expected.entries()) tables.near(actual[i]!, number, 0, `${what}, word ${i}`)
    }
  }
  return [words.check, tables.check]
}

interface GoldMatrices {
  readonly words: number[][]
  readonly docs: number[][]
  readonly syn1neg: number[][]
}

/** One pass over one document: everything that gensim drew for it. */
interface Step {
  readonly doc: number
  readonly alpha: number
  readonly next_random: number
  readonly reduced_windows: readonly number[]
}

interface TrainingGold {
  readonly documents: string[][]
  readonly words: string[]
  readonly counts: number[]
  readonly cum_table: number[]
  readonly cases: {
    readonly name: string
    readonly epochs: number
    readonly sample: number
    readonly window: number
    readonly negative: number
    readonly sample_int: number[]
    readonly start: GoldMatrices
    readonly end: GoldMatrices
    readonly steps: Step[]
  }[]
}

function matricesOf({ words, docs, syn1neg }: GoldMatrices): Matrices {
  const flat = (rows: number[][]) => Float32Array.from(rows.flat())
  return { size: words[0]!.length, words: flat(words), documents: flat(docs), outputs: flat(syn1neg) }
}

function corpusOf(documents: string[][]): Corpus {
  const builder = new CorpusBuilder()
  for (const tokens of documents) builder.add(tokens)
  return builder.build(2)
}

function checkTraining(folder: string): Check[] {
  const gold = readJson<TrainingGold>(folder, 'training_steps.json.gz')
  const corpus = corpusOf(gold.documents)
  const tables = new Tally('training: vocabulary and tables')
  tables.same(corpus.vocabulary.words, gold.words, 'words')
  tables.same([...corpus.vocabulary.counts], gold.counts, 'counts')
  tables.same([...noiseTable(corpus.vocabulary)], gold.cum_table, 'noise table')
  const checks = gold.cases.map(run => {
    tables.same([...keepThresholds(corpus.vocabulary, run.sample)], run.sample_int, run.name)
    const { window, negative, sample, epochs } = run
    const pass = startPass(corpus, matricesOf(run.start), { window, negative, sample })
    const starts = cutBatches(corpus.tokenCounts)
    const schedule = { starts, documents: corpus.tokenCounts.length }
    const fall = { from: 0, alpha: 0.025, end: epochs, least: 0.0001 }
    const tally = new Tally(`training: ${run.name}`)
    for (const [i, step] of run.steps.entries()) {
      // The toy corpus is one batch an epoch.
      const alpha = alphaAt(fall, batchAt(schedule, Math.floor(i / gold.documents.length)).passed)
      tally.near(alpha, step.alpha, 1e-15, `learning rate of step ${i}`)
      pass.seed(BigInt(step.next_random))
      const words = pass.trainShrunk(step.doc, step.alpha, step.reduced_windows)
      tally.same(words, step.reduced_windows.length, `words of step ${i}`)
    }
    const actual = pass.read()
    const end = matricesOf(run.end)
    for (const name of ['words', 'documents', 'outputs'] as const) {
      for (const [i, expected] of end[name].entries()) tally.near(actual[name][i]!, expected, 1e-6, `${name} ${i}`)
    }
    return tally.check
  })
  return [tables.check, ...checks]
}

interface SimilarityGold {
  readonly words: string[]
  readonly vectors_float32: number[][]
  readonly pairs: {
    readonly text1: string
    readonly text2: string
    readonly tokens1: string[]
    readonly tokens2: string[]
    readonly value?: number
    readonly str?: string
  }[]
}

function modelOf(words: string[], vectors: number[][]): Similarity {
  const bytes = encodeTensorFile({
    tensors: {
      ...stringTable('vocabulary', words),
      word_vectors: { data: Float32Array.from(vectors.flat()), shape: [words.length, vectors[0]!.length] },
    },
  })
  return openDocSim(bytes).similarity
}

function checkSimilarity(folder: string): Check[] {
  const { words, vectors_float32: vectors, pairs } = readJson<SimilarityGold>(folder, 'n_similarity.json.gz')
  const model = modelOf(words, vectors)
  const tokens = new Tally('n_similarity: tokens')
  const values = new Tally('n_similarity: values')
  const strings = new Tally('n_similarity: float32 as text')
  for (const { text1, text2, tokens1, tokens2, value, str } of pairs) {
    tokens.same([german.tokens(text1), german.tokens(text2)], [tokens1, tokens2], `${text1} | ${text2}`)
    // Where gensim raises, because a text has no tokens, the answer is 0.
    values.near(model.of(text1, text2), value ?? 0, 1e-6, `${text1} | ${text2}`)
    if (value !== undefined) strings.same(float32String(value), str, String(value))
  }
  return [tokens.check, values.check, strings.check]
}

function checkFloat32(folder: string): Check {
  const tally = new Tally('float32 as text')
  for (const [value, text] of readJson<{ cases: [number, string][] }>(folder, 'float32_str.json').cases) {
    tally.same(float32String(value), text, String(value))
  }
  return tally.check
}

interface GeneratorGold {
  readonly first: number[]
  readonly at_1000: number
  readonly at_2000: number
  readonly sigmoid_table_every_50: number[]
  readonly sigmoid_table_last: number
}

function checkGenerator(folder: string): Check[] {
  const gold = readJson<GeneratorGold>(folder, 'generator.json')
  const draws = new Tally('generator of the gold steps')
  const generator = new GensimGenerator(1n)
  const numbers = Array.from({ length: 2000 }, () => generator.next())
  draws.same(numbers.slice(0, gold.first.length), gold.first, 'first draws')
  draws.same([numbers[999], numbers[1999]], [gold.at_1000, gold.at_2000], 'the 1000th and the 2000th')
  const table = new Tally('sigmoid table')
  // The last digit of e^x in float32 is the library's own.
  const oneUlp = 2 ** -24
  for (const [i, value] of gold.sigmoid_table_every_50.entries())
    table.near(sigmoidTable[50 * i]!, value, oneUlp, `${50 * i}`)
  table.near(sigmoidTable[999]!, gold.sigmoid_table_last, oneUlp, '999')
  return [draws.check, table.check]
}
