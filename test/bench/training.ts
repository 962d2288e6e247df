import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { fail } from 'modelhost'
import { readDocuments } from '../../plugins/_text/documents.js'
import { createPreprocessor } from '../../plugins/_text/preprocess.js'
import { type Corpus, CorpusBuilder } from '../../plugins/docsim/training/vocabulary.js'
import { trainWeights } from '../../plugins/docsim/training/word-vectors.js'
import { docSimDefaults } from '../helpers/docsim-artifact.js'
import { plainTools } from '../helpers/plain-tools.js'
import { GeneratedTexts } from './generated-texts.js'
import { median } from './wrk.js'

const run = promisify(execFile)
const rounds = 5
const epochs = 100
const gensimScript = new URL('../../../test/bench/gensim-doc2vec.py', import.meta.url).pathname

/**
 * Words that DocSim's training reads a second, with one thread and two, and beside it gensim's with one worker, by
 * turns on the same tokens; `PYTHON` (default: python3) must have gensim.
 *
 * @param args  a table and its column; without it, generated texts
 */
export async function training([path, column = 'claim_text']: readonly string[]): Promise<void> {
  const documents = path === undefined ? generate() : await read(path, column)
  const builder = new CorpusBuilder()
  for (const tokens of documents) builder.add(tokens)
  const corpus = builder.build(docSimDefaults.min_count)
  const rawWords = builder.tokens * epochs
  const folder = await mkdtemp(join(tmpdir(), 'modelhost-bench-'))
  try {
    const tokens = join(folder, 'tokens.txt')
    await writeFile(tokens, `${documents.map(words => words.join(' ')).join('\n')}\n`)
    const rates: Record<string, number[]> = { 'one thread': [], 'two threads': [], gensim: [] }
    for (let round = 0; round < rounds; round++) {
      rates['one thread']!.push(rawWords / (await ownSeconds(corpus, 1)))
      rates['two threads']!.push(rawWords / (await ownSeconds(corpus, 2)))
      const seconds = await gensimSeconds(tokens)
      if (seconds !== undefined) rates['gensim']!.push(rawWords / seconds)
    }
    console.log(
      `${documents.length} documents, ${builder.tokens} words, ${epochs} epochs, medians of ${rounds} by turns`,
    )
    show(rates)
  } finally {
    await rm(folder, { recursive: true })
  }
}

function show(rates: Readonly<Record<string, number[]>>): void {
  const one = median(rates['one thread']!)
  const gensim = rates['gensim']!.length > 0 ? median(rates['gensim']!) : Number.NaN
  const rows = Object.entries(rates).filter(([, values]) => values.length > 0)
  console.table(
    rows.map(([name, values]) => ({
      training: name,
      'raw words/s': Math.round(median(values)),
      'beside one thread': (median(values) / one).toFixed(2),
      'beside gensim': Number.isNaN(gensim) ? 'not installed' : (median(values) / gensim).toFixed(2),
    })),
  )
}

function generate(): string[][] {
  const texts = new GeneratedTexts(10_000)
  return Array.from({ length: 10_000 }, () => texts.text(10).split(' '))
}

async function read(path: string, column: string): Promise<string[][]> {
  const preprocessor = await createPreprocessor({ ...docSimDefaults, language: 'en' })
  const refuse = (problem: string) => fail('TRAIN_FAILED', { plugin: 'DocSim', problem })
  const documents: string[][] = []
  for await (const { text } of readDocuments(path, { ...docSimDefaults, column }, refuse)) {
    documents.push(preprocessor.tokens(text))
  }
  return documents
}

async function ownSeconds(corpus: Corpus, threads: number): Promise<number> {
  const startMs = performance.now()
  await trainWeights(corpus, { ...docSimDefaults, epochs }, plainTools(threads))
  return (performance.now() - startMs) / 1000
}

async function gensimSeconds(tokens: string): Promise<number | undefined> {
  const python = process.env['PYTHON'] ?? 'python3'
  try {
    const { stdout } = await run(python, [gensimScript, tokens, String(epochs)])
    return Number(stdout)
  } catch (error) {
    if (/ModuleNotFoundError|ENOENT/.test(String(error))) return undefined
    throw error
  }
}
