/** Models that pke and gensim have written: imported by the command's own function, then asked what the libraries were asked. */
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TensorFile } from 'modelhost'
import { importModel } from '../../cli/import/import-model.js'
import { describeArtifact, readCatalog } from '../../core/host.js'
import { type LocalModel, openLocalModel } from '../../core/local-model.js'
import { silentLog } from '../helpers/silent-log.js'
import { type Check, Tally } from './check.js'
import { readJson } from './files.js'

const tolerance = 1e-6

interface LdaGold {
  readonly topics: number
  readonly doc_topic_prior: number
  readonly vocabulary: string[]
  readonly components_first_row_first_20: number[]
  readonly components_sum: number
  readonly grammar: string
  readonly normalization: string
  readonly window: number
  readonly n: number
  readonly runs: {
    readonly id: string
    readonly sentences: [string, string][][]
    readonly theta: number[]
    readonly keyphrases: [string, number][]
    readonly error: string | null
  }[]
}

interface VectorsGold {
  readonly gensim: string
  readonly files: string[]
  readonly vector_size: number
  readonly words: string[]
  readonly counts: number[]
  readonly vectors_float32_first_30: number[][]
  readonly vectors_sum_float64: number
  readonly vectors_abs_sum_float64: number
  readonly n_similarity: {
    readonly words1: string[]
    readonly words2: string[]
    readonly value?: number
    readonly error?: string
  }[]
}

interface ImportGold {
  readonly artifacts: { readonly file: string; readonly sha256: string }[]
  readonly lda: LdaGold
  readonly doc2vec: VectorsGold[]
}

/** An imported model: its tensors, and itself. */
interface Opened {
  readonly file: TensorFile
  readonly model: LocalModel
}

/** @param gold  the folder that holds import/ */
export async function checkImport(gold: string): Promise<Check[]> {
  const folder = join(gold, 'import')
  const { artifacts, lda, doc2vec } = readJson<ImportGold>(folder, 'expected.json.gz')
  const files = new Tally('import: files')
  const checks: Check[] = []
  for (const { file, sha256 } of artifacts) {
    const path = join(folder, file)
    files.same(createHash('sha256').update(readFileSync(path)).digest('hex'), sha256, file)
    const vectors = file.startsWith('lda') ? undefined : vectorsOf(file, doc2vec)
    const params = vectors ? {} : paramsOf(lda)
    const opened = await importAndOpen(path, params)
    checks.push(...(vectors ? await checkVectors(file, opened, vectors) : await checkTopics(file, opened, lda)))
    await opened.model.unload()
  }
  return [files.check, ...checks]
}

/** Of the formats of word2vec: those of the newest gensim. */
const vectorsOf = (file: string, all: readonly VectorsGold[]): VectorsGold =>
  all.find(({ files }) => files.includes(file)) ?? all.find(({ gensim }) => gensim.startsWith('4.4'))!

/** As the original's users have them: texts. */
const paramsOf = ({ grammar, normalization, window, n, topics }: LdaGold) => ({
  model_name: 'TopicalPageRank',
  language: 'de',
  grammar,
  normalization,
  window: String(window),
  max_count: String(n),
  n_topics: String(topics),
})

async function importAndOpen(path: string, params: Record<string, unknown>): Promise<Opened> {
  const output = mkdtempSync(join(tmpdir(), 'modelhost-gold-'))
  try {
    const { plugin: name } = await importModel({ file: path, output, params, log: silentLog })
    const catalog = await readCatalog([])
    const artifact = await describeArtifact(output, catalog)
    const file = new TensorFile(readFileSync(join(output, `${name}-model`)), path)
    return { file, model: await openLocalModel(catalog.get(name)!.plugin, artifact, silentLog) }
  } finally {
    rmSync(output, { recursive: true })
  }
}

const listOf = (file: TensorFile): string[] => {
  const list = file.stringList('vocabulary')
  return Array.from({ length: list.size }, (_, i) => list.get(i))
}

const sumOf = (numbers: Iterable<number>): number => {
  let sum = 0
  for (const x of numbers) sum += x
  return sum
}

async function checkTopics(name: string, { file, model }: Opened, gold: LdaGold): Promise<Check[]> {
  const numbers = new Tally(`import ${name}: vocabulary, components`)
  numbers.same(listOf(file), gold.vocabulary, 'vocabulary')
  numbers.same(file.metadata['doc_topic_prior'], String(gold.doc_topic_prior), 'prior')
  const components = file.tensor('components', 'F64', [gold.topics, gold.vocabulary.length])
  numbers.same([...components.subarray(0, 20)], gold.components_first_row_first_20, 'components')
  numbers.near(sumOf(components), gold.components_sum, 1e-9, 'sum of components')
  const phrases = new Tally(`import ${name}: keyphrases`)
  for (const { id, sentences, theta, keyphrases, error } of gold.runs) {
    // Where pke raises, no node of its graph is in the vocabulary.
    if (error !== null) continue
    const answer = (await model.predict({ sentences, explain: true })) as {
      keyphrases: [string, number][]
      topics: [number, number][]
    }
    phrases.same(
      answer.keyphrases.map(([phrase]) => phrase),
      keyphrases.map(([phrase]) => phrase),
      id,
    )
    for (const [i, [, score]] of keyphrases.entries())
      phrases.near(answer.keyphrases[i]![1], score, tolerance, `${id}: ${i}`)
    for (const [topic, share] of answer.topics) phrases.near(share, theta[topic]!, tolerance, `${id}: topic ${topic}`)
  }
  return [numbers.check, phrases.check]
}

async function checkVectors(name: string, { file, model }: Opened, gold: VectorsGold): Promise<Check[]> {
  const numbers = new Tally(`import ${name}: words, counts, vectors`)
  const words = listOf(file)
  numbers.same(words, gold.words, 'words')
  if (!name.startsWith('word2vec')) numbers.same([...file.tensor('counts', 'U32')], gold.counts, 'counts')
  const { vector_size: size } = gold
  const vectors = file.tensor('word_vectors', 'F32', [gold.words.length, size])
  numbers.same([...vectors.subarray(0, 30 * size)], gold.vectors_float32_first_30.flat(), 'vectors')
  numbers.near(sumOf(vectors), gold.vectors_sum_float64, tolerance, 'sum')
  numbers.near(sumOf(vectors.map(Math.abs)), gold.vectors_abs_sum_float64, tolerance, 'sum of what is as positive')
  const similarities = new Tally(`import ${name}: n_similarity`)
  const known = new Map(words.map((word, i) => [word, vectors.subarray(i * size, (i + 1) * size)]))
  for (const { words1, words2, value } of gold.n_similarity) {
    const answer = (await model.predict({ text1: words1.join(' '), text2: words2.join(' ') })) as number
    // gensim 3 raises where a word is unknown; ours is then what gensim 4 says, of the words that are known.
    const expected = value ?? cosine(words1, words2, known)
    similarities.near(answer, expected, tolerance, `${words1} | ${words2}`)
  }
  return [numbers.check, similarities.check]
}

/** Of the means of the words that are known; 0 where there are none. */
function cosine(words1: string[], words2: string[], vectors: ReadonlyMap<string, Float32Array>): number {
  const sum = (words: string[]) => {
    const found = words.flatMap(word => vectors.get(word) ?? [])
    return Array.from({ length: found[0]?.length ?? 0 }, (_, k) => sumOf(found.map(vector => vector[k]!)))
  }
  const [a, b] = [sum(words1), sum(words2)]
  const dot = (x: number[], y: number[]) => sumOf(x.map((value, k) => value * (y[k] ?? 0)))
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b)) || 0
}
