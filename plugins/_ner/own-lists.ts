import { fileURLToPath } from 'node:url'
import { type Refuse, readLines } from '../_text/text-files.js'

/** Of a file beside the program: from dist/plugins/_ner to what is in the repository. */
const fileOf = (path: string): string => fileURLToPath(new URL(`../../../plugins/${path}`, import.meta.url))

/** Names by their class, in the order of the file. */
export type NamesByClass = ReadonlyMap<string, readonly string[]>

/** Our own list of a language: rows of a name, a tab and its class. */
export const ownListFile = (language: string): string => fileOf(`ner/lists/${language}.tsv`)

export async function readOwnList(language: string, refuse: Refuse): Promise<NamesByClass> {
  const names = new Map<string, string[]>()
  for (const row of await allLines(ownListFile(language), refuse)) {
    const [name = '', className = ''] = row.split('\t')
    const own = names.get(className) ?? []
    own.push(name)
    names.set(className, own)
  }
  return names
}

/** Our own sentences of a language, with places for names. @see SentenceMaker */
export const readOwnSentences = (language: string, refuse: Refuse): Promise<string[]> =>
  allLines(fileOf(`_ner/sentences/${language}.txt`), refuse)

export async function allLines(path: string, refuse: Refuse): Promise<string[]> {
  const all: string[] = []
  for await (const lines of readLines(path, refuse)) for (const line of lines) if (line !== '') all.push(line)
  return all
}
