import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import { encodeTensorFile, stringTable, TensorFile } from 'modelhost'
import type { TaggedSentences } from '../../plugins/topical-page-rank/document.js'
import { readTopicModel, type TopicModel } from '../../plugins/topical-page-rank/topics/topic-model.js'
import { readJson, readText } from './files.js'

export interface Variant {
  readonly name: string
  readonly grammar: string | null
  readonly normalization: string | null
  readonly window: number
  readonly model: string
  readonly stoplist?: string
  readonly pos?: string[]
  readonly normalized?: boolean
}

interface DocumentRow {
  readonly id: string
  readonly language: 'de' | 'en'
  readonly text_sha256: string
  readonly text?: string
  readonly ref: {
    readonly file?: string
    readonly id?: string
    readonly column?: string
    readonly first_code_points?: number
  }
  readonly sentences: [number, number, string][][]
}

export interface GoldDocument {
  readonly id: string
  readonly language: 'de' | 'en'
  readonly sentences: TaggedSentences
}

/** What pke answered for one document and variant. */
export interface Run {
  readonly doc: string
  readonly variant: string
  readonly model: string
  readonly error: string | null
  readonly stems_sha256: string
  readonly candidates: [number[], number, number | null][]
  readonly theta?: number[]
  readonly counts?: [number, number][] | null
  readonly nodes: number[]
  readonly known?: number[]
  readonly W?: number[]
  readonly W_sum?: number
  readonly p?: number[] | null
  readonly x?: number[]
  readonly edges_n: number
  readonly edges_weight: number
  readonly edges?: [number, number, number][]
  readonly order?: number[]
  readonly best?: {
    readonly n: number
    readonly redundancy_removal: boolean
    readonly stemming: boolean
    readonly out: number[]
    readonly phrases_sha256: string
  }[]
}

const readLines = <T>(...path: string[]): T[] =>
  readText(...path)
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as T)

export const readRuns = (folder: string, set: string): Run[] => readLines(folder, `${set}.runs.jsonl.gz`)

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** @param data  the folder that texts come from */
export function readDocuments(folder: string, set: string, data: string): Map<string, GoldDocument> {
  const sources = new Map<string, Map<string, Record<string, string>>>()
  const documents = new Map<string, GoldDocument>()
  for (const row of readLines<DocumentRow>(folder, `${set}.docs.jsonl.gz`)) {
    const text = row.text ?? textOf(row, sources, data)
    if (sha256(text) !== row.text_sha256) throw new Error(`The text of ${row.id} is not the one of the gold.`)
    const sentences = row.sentences.map(tokens =>
      tokens.map(([start, end, tag]) => [text.slice(start, end), tag] as const),
    )
    documents.set(row.id, { id: row.id, language: row.language, sentences })
  }
  return documents
}

function textOf({ ref }: DocumentRow, sources: Map<string, Map<string, Record<string, string>>>, data: string): string {
  const file = ref.file!
  let rows = sources.get(file)
  if (!rows) {
    rows = new Map(readSource(data, file).map(row => [row['id']!, row]))
    sources.set(file, rows)
  }
  const row = rows.get(ref.id!)!
  const text = file.includes('.csv') ? row[ref.column!]! : `${row['title']}. ${row['abstract']}`
  return ref.first_code_points === undefined ? text : Array.from(text).slice(0, ref.first_code_points).join('')
}

function readSource(data: string, file: string): Record<string, string>[] {
  if (!file.includes('.csv')) return readLines(data, file)
  return parse(readText(data, file), { columns: true, bom: true })
}

interface ModelRow {
  readonly topics: number
  readonly words: number
  readonly doc_topic_prior: number
  readonly vocabulary: string[]
}

/** A topic model of the gold, with float64 components. */
export function readModel(folder: string, name: string): TopicModel {
  const row = readJson<ModelRow>(folder, 'models', `${name}.json.gz`)
  const bytes = gunzipSync(readFileSync(join(folder, 'models', `${name}.f64.gz`)))
  const data = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
  return topicModel(row.vocabulary, data, row.doc_topic_prior)
}

/** @param components  topics × words, row-major */
export function topicModel(vocabulary: readonly string[], components: Float64Array, docTopicPrior: number): TopicModel {
  const file = encodeTensorFile({
    tensors: {
      ...stringTable('vocabulary', vocabulary),
      components: { data: components, shape: [components.length / vocabulary.length, vocabulary.length] },
    },
    metadata: { doc_topic_prior: String(docTopicPrior) },
  })
  return readTopicModel(new TensorFile(file, 'TopicalPageRank-model'))
}
