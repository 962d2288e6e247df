import { basename } from 'node:path'
import { findFiles, type Refuse, readLines } from '../../text-files.js'
import { createTokenizer } from '../../tokens/tokenizer.js'
import { tokenKind } from '../../tokens/tokens.js'
import { type CapitalCount, capitalTensors } from './capitals.js'
import { Gazetteers } from './gazetteers.js'
import { WordHasher } from './word-hashes.js'
import { readWordLists, type WordListFiles } from './word-lists.js'

/** Files of what is known of words and names. */
export interface NameListFiles extends WordListFiles {
  /** Rows of a name, a tab, and its class; a folder of `*.tsv` and `*.tsv.gz`, or one file. */
  readonly gazetteer?: string | undefined
  /** Counts, or a file of them: rows of a word in lower case, how often it is Capitalised, and how often it is there at all. */
  readonly capitals?: string | ReadonlyMap<string, Readonly<CapitalCount>> | undefined
}

const kind = { names: /\.tsv(\.gz)?$/i, shown: '*.tsv' }
const maxClassCount = 1000

/**
 * What taggers of names know of words: as `readWordLists`, with the clusters of mentions and URLs, lists of names, and how
 * often words have capitals.
 *
 * @throws what `refuse` makes, naming file and line
 */
export async function readNameLists(language: string, files: NameListFiles, refuse: Refuse) {
  const { gazetteer, capitals } = files
  const hasher = new WordHasher()
  const counts = typeof capitals === 'string' ? await readCapitals(capitals, refuse) : capitals
  return {
    ...(await readWordLists(language, files, refuse, { hasTokenClusters: true })),
    ...(gazetteer === undefined ? {} : await readGazetteers(gazetteer, language, hasher, refuse)),
    ...(counts === undefined ? {} : capitalTensors(counts, hasher)),
  }
}

async function readGazetteers(path: string, language: string, hasher: WordHasher, refuse: Refuse) {
  const names = new Gazetteers(hasher)
  const wordsOf = createNameCutter(language)
  for (const file of await findFiles({ path, kind, refuse })) {
    for await (const [name, className] of readRows(file, 2, refuse)) names.add(wordsOf(name!), className!)
    if (names.classCount > maxClassCount) {
      throw refuse(`${basename(file)} has more than ${maxClassCount} classes; the class is the second column.`)
    }
  }
  try {
    return names.tensors()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw refuse(`${basename(path)}: ${error.message}. Give the names fewer classes.`, error)
  }
}

/** Words of a name, as they are cut in texts. */
function createNameCutter(language: string): (name: string) => string[] {
  const tokenize = createTokenizer({ language, mode: 'text', split_hyphens: false })
  return name => {
    const { count, starts, ends, kinds } = tokenize(name)
    const words = Array.from({ length: count }, (_, i) => name.slice(starts[i], ends[i]))
    return words.filter((_, i) => kinds[i] !== tokenKind.space)
  }
}

async function readCapitals(path: string, refuse: Refuse): Promise<Map<string, CapitalCount>> {
  const counts = new Map<string, CapitalCount>()
  for await (const [word, capitalised, all] of readRows(path, 3, refuse)) {
    const count = { capitalised: Number(capitalised), all: Number(all) }
    if (!(count.all >= count.capitalised && count.capitalised >= 0)) {
      throw refuse(`${basename(path)} has no counts for "${word}": first those with a capital, then all.`)
    }
    counts.set(word!, count)
  }
  return counts
}

/** Rows of a file of so many columns or more. */
async function* readRows(path: string, columns: number, refuse: Refuse): AsyncGenerator<string[]> {
  let line = 0
  for await (const lines of readLines(path, refuse)) {
    for (const text of lines) {
      line++
      if (text === '') continue
      const cells = text.split('\t')
      if (cells.length < columns || cells.slice(0, columns).includes('')) {
        throw refuse(`${basename(path)} line ${line} has no ${columns} columns with tabs between them.`)
      }
      yield cells
    }
  }
  if (line === 0) throw refuse(`${basename(path)} is empty.`)
}
