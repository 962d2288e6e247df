import { basename } from 'node:path'
import { stringList } from 'modelhost'
import { type Refuse, readLines } from '../../text-files.js'
import { characterTensors, makeCharacterTables } from '../characters.js'
import { maxClasses, maxSteps } from '../tables.js'
import { buildValueTable, valueTensors } from '../value-table.js'
import { auxiliaries } from './auxiliaries.js'
import { WordHasher } from './word-hashes.js'

/** Files of what is known of words. */
export interface WordListFiles {
  /** Rows of a form, a tab, and letters of its classes. */
  readonly lexicon?: string | undefined
  /** Rows of a path of 0 and 1, a tab, and a word. */
  readonly clusters?: string | undefined
}

/**
 * The tensors that say what is known of words.
 *
 * @param hasTokenClusters  say which clusters all mentions and URLs have? Taggers of parts of speech do without
 * @throws what `refuse` makes, naming file and line
 */
export async function readWordLists(
  language: string,
  files: WordListFiles,
  refuse: Refuse,
  { hasTokenClusters = false } = {},
) {
  const hasher = new WordHasher()
  const hash: Hash = words => hasher.hashWords(words)
  const verbs = auxiliaries(language)
  const ones = new Uint8Array(verbs.length).fill(1)
  return {
    ...characterTensors(makeCharacterTables()),
    ...(verbs.length > 0 ? valueTensors('auxiliaries', buildValueTable(hash(verbs), ones, 1)) : {}),
    ...(files.lexicon === undefined ? {} : await readLexicon(files.lexicon, hash, refuse)),
    ...(files.clusters === undefined ? {} : await readClusters(files.clusters, hash, refuse, hasTokenClusters)),
  }
}

/** As clusters of tweets have all mentions, and links. */
const mention = '<@MENTION>'
const url = '<URL-t.co>'

type Hash = (words: readonly string[]) => Uint32Array

async function readLexicon(path: string, hash: Hash, refuse: Refuse) {
  const { words, values, names } = await readPairs(path, refuse, ([form, classes]) => [form, classes])
  const problem = names.find(letters => !/^[A-Za-z]+$/.test(letters))
  if (problem !== undefined) throw refuse(`${basename(path)} has the class "${problem}"; a class is one letter.`)
  const table = buildValueTable(hash(words), values, names.length)
  return { ...valueTensors('lexicon', table), ...stringList('lexicon.classes', names) }
}

async function readClusters(path: string, hash: Hash, refuse: Refuse, hasTokens: boolean) {
  const { words, values, names } = await readPairs(path, refuse, ([steps, word]) => [word, steps])
  const paths = names.map(steps => {
    if (/^[01]+$/.test(steps) && steps.length <= maxSteps)
      return ((steps.length << maxSteps) | Number.parseInt(steps, 2)) >>> 0
    throw refuse(`${basename(path)} has the path "${steps}"; a path is 1 to ${maxSteps} digits 0 and 1.`)
  })
  const table = buildValueTable(hash(words), values, names.length)
  const clusterOf = (word: string) => values[words.indexOf(word)] ?? 0
  return {
    ...valueTensors('clusters', table),
    'clusters.paths': Uint32Array.from([0, ...paths]),
    ...(hasTokens ? { 'clusters.tokens': Uint32Array.of(clusterOf(mention), clusterOf(url)) } : {}),
  }
}

/** Rows of words and what they are, as numbers of the names of that, from 1. */
async function readPairs(
  path: string,
  refuse: Refuse,
  pair: (cells: string[]) => (string | undefined)[],
): Promise<{ words: string[]; values: number[]; names: string[] }> {
  const words: string[] = []
  const values: number[] = []
  const numbers = new Map<string, number>()
  let line = 0
  for await (const lines of readLines(path, refuse)) {
    for (const text of lines) {
      line++
      if (text === '') continue
      const [word, name] = pair(text.split('\t'))
      if (!word || !name) throw refuse(`${basename(path)} line ${line} has no two columns with a tab between them.`)
      const number = numbers.get(name) ?? numbers.size + 1
      numbers.set(name, number)
      words.push(word)
      values.push(number)
    }
  }
  if (words.length === 0) throw refuse(`${basename(path)} is empty.`)
  if (numbers.size > maxClasses) throw refuse(`${basename(path)} has ${numbers.size} classes, more than ${maxClasses}.`)
  return { words, values, names: [...numbers.keys()] }
}
