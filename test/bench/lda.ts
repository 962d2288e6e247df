import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import {
  type CountMatrix,
  type TrainedTopics,
  topicDefaults,
  trainTopics,
} from '../../plugins/topical-page-rank/topics/train-topics.js'
import { plainTools } from '../helpers/plain-tools.js'
import { openTopics, topicFile, wordNames } from '../helpers/topic-model.js'
import { median } from './wrk.js'

const run = promisify(execFile)
const rounds = 5
/** Different words of the document whose topics are found. */
const documentWords = 60
const sklearnScript = new URL('../../../test/bench/sklearn-lda.py', import.meta.url).pathname

interface Counts {
  readonly rows: number
  readonly cols: number
  readonly indptr: number[]
  readonly indices: number[]
  readonly data: number[]
}

/**
 * Seconds of a training of topics with one thread and two, milliseconds to find the topics of a document, and beside them
 * scikit-learn's, by turns; `PYTHON` (default: python3) must have scikit-learn.
 *
 * @param args  a `.counts.json.gz`, the topics; without them, generated counts
 */
export async function lda([path, topics = '100']: readonly string[]): Promise<void> {
  const { train, heldout } = path === undefined ? generate() : readCounts(path)
  const settings = { ...topicDefaults, n_topics: Number(topics) }
  const times: Record<string, number[]> = { 'one thread': [], 'two threads': [], 'scikit-learn': [] }
  const transforms: Record<string, number[]> = { kernel: [], 'scikit-learn': [] }
  for (let round = 0; round < rounds; round++) {
    let trained: TrainedTopics | undefined
    for (const [name, threads] of [
      ['one thread', 1],
      ['two threads', 2],
    ] as const) {
      const startMs = performance.now()
      trained = await trainTopics(train, settings, plainTools(threads))
      times[name]!.push((performance.now() - startMs) / 1000)
    }
    transforms['kernel']!.push(transformMs(trained!, train.columns, heldout))
    const seconds = path === undefined ? undefined : await sklearnSeconds(path, topics)
    if (!seconds) continue
    times['scikit-learn']!.push(seconds.fit)
    transforms['scikit-learn']!.push(seconds.transformMs)
  }
  const cells = train.indptr.at(-1)!
  console.log(
    `${train.rows} documents, ${train.columns} words, ${cells} cells, ${topics} topics; medians of ${rounds} by turns`,
  )
  show('training', 's', times)
  show(`topics of ${documentWords} words`, 'ms', transforms)
}

function show(what: string, unit: string, times: Readonly<Record<string, number[]>>): void {
  const [first] = Object.values(times)
  const one = median(first!)
  const sklearn = times['scikit-learn']!
  const rows = Object.entries(times).filter(([, values]) => values.length > 0)
  console.table(
    rows.map(([name, values]) => ({
      [what]: name,
      [unit]: median(values).toFixed(3),
      'times as fast as the first': (one / median(values)).toFixed(2),
      'as scikit-learn': sklearn.length === 0 ? 'not run' : (median(sklearn) / median(values)).toFixed(2),
    })),
  )
}

function toMatrix({ rows, cols, indptr, indices, data }: Counts): CountMatrix {
  const [ends, words, counts] = [indptr, indices, data].map(numbers => Uint32Array.from(numbers))
  return { rows, columns: cols, indptr: ends!, indices: words!, data: counts! }
}

function readCounts(path: string) {
  const sets = JSON.parse(gunzipSync(readFileSync(path)).toString('utf8')) as Record<'train' | 'heldout', Counts>
  return { train: toMatrix(sets.train), heldout: toMatrix(sets.heldout) }
}

/** Documents of some of 50 kinds of words each, frequent ones first. */
function generate() {
  const draw = (rows: number): CountMatrix => {
    const indptr = [0]
    const indices: number[] = []
    for (let row = 0; row < rows; row++) {
      const words = Array.from({ length: documentWords }, (_, k) => {
        const kind = (row * 7 + (k % 3) * 11) % 50
        return Math.floor(10_000 * ((row * 0.618 + k * 0.382 + k * k * 0.137) % 1) ** 2 + kind) % 10_000
      })
      indices.push(...new Set(words))
      indptr.push(indices.length)
    }
    return toMatrix({ rows, cols: 10_000, indptr, indices, data: indices.map((_, i) => 1 + Number(i % 5 === 0)) })
  }
  return { train: draw(1000), heldout: draw(50) }
}

function transformMs(
  { components, docTopicPrior, topicWordPrior }: TrainedTopics,
  words: number,
  heldout: CountMatrix,
) {
  const priors = { docTopicPrior, topicWordPrior }
  const model = openTopics(topicFile(wordNames(words), components, priors, 'float32'))
  const theta = new Float64Array(model.topicCount)
  const { rows, indptr, indices, data } = heldout
  const length = (row: number) => indptr[row + 1]! - indptr[row]!
  const row = Array.from({ length: rows }, (_, i) => i).reduce((best, i) =>
    Math.abs(length(i) - documentWords) < Math.abs(length(best) - documentWords) ? i : best,
  )
  const found = indices.slice(indptr[row]!, indptr[row + 1]!)
  const counts = Uint32Array.from(data.slice(indptr[row]!, indptr[row + 1]!))
  const times = Array.from({ length: 20 }, () => {
    const startMs = performance.now()
    for (let i = 0; i < 50; i++) model.transform(found, counts, found.length, theta)
    return (performance.now() - startMs) / 50
  })
  return median(times)
}

async function sklearnSeconds(path: string, topics: string): Promise<{ fit: number; transformMs: number } | undefined> {
  const python = process.env['PYTHON'] ?? 'python3'
  try {
    const { stdout } = await run(python, [sklearnScript, path, topics, String(documentWords)])
    const [fit, transformMs] = stdout.trim().split(' ').map(Number)
    return { fit: fit!, transformMs: transformMs! }
  } catch (error) {
    if (/ModuleNotFoundError|ENOENT/.test(String(error))) return undefined
    throw error
  }
}
