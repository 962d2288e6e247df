import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { joinCsvRow } from '../../core/csv.js'
import { readText } from '../gold/files.js'

export interface Abstract {
  readonly id: string
  /** Title and abstract, as pke reads them. */
  readonly text: string
}

/** Abstracts of a part of Inspec. */
export function readInspec(data: string, part: 'train' | 'dev'): Abstract[] {
  const lines = readText(inspecFile(data, part)).trimEnd().split('\n')
  return lines.map(line => {
    const { id, title, abstract } = JSON.parse(line) as { id: string; title: string; abstract: string }
    return { id, text: `${title}. ${abstract}` }
  })
}

export const inspecFile = (data: string, part: 'train' | 'dev') => join(data, 'keyphrase', `inspec.${part}.jsonl.gz`)

/** The abstracts as a table for a training, in `claim_text`. @returns its path */
export async function writeAbstracts(abstracts: readonly Abstract[], folder: string): Promise<string> {
  const path = join(folder, 'abstracts.csv')
  const rows = abstracts.map(({ id, text }) => `${joinCsvRow([id, text])}\n`)
  await writeFile(path, `id,claim_text\n${rows.join('')}`)
  return path
}

/** As pke's own benchmark sets it. */
export const pkeParams = {
  language: 'en',
  normalization: 'stemming',
  grammar: 'NP:{<ADJ>*<NOUN|PROPN>+}',
}
