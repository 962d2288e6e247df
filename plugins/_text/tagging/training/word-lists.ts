import { basename } from 'node:path'
import { stringList } from 'modelhost'
import { createSharedMemory, pageBytes } from 'modelhost/kernels'
import { type Refuse, readLines } from '../../text-files.js'
import { characterTensors, makeCharacterTables } from '../characters.js'
import { featuresKernel } from '../kernels/features.js'
import { maxUnits } from '../kernels/tagging.js'
import { maxClasses, maxSteps } from '../tables.js'
import { buildValueTable, valueTensors } from '../value-table.js'
import { writeWord } from '../word-units.js'
import { auxiliaries } from './auxiliaries.js'

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
 * @throws what `refuse` makes, naming file and line
 */
export async function readWordLists(language: string, files: WordListFiles, refuse: Refuse) {
  const hash = createHasher()
  const verbs = auxiliaries(language)
  const ones = new Uint8Array(verbs.length).fill(1)
  return {
    ...characterTensors(makeCharacterTables()),
    ...(verbs.length > 0 ? valueTensors('auxiliaries', buildValueTable(hash(verbs), ones, 1)) : {}),
    ...(files.lexicon === undefined ? {} : await readLexicon(files.lexicon, hash, refuse)),
    ...(files.clusters === undefined ? {} : await readClusters(files.clusters, hash, refuse)),
  }
}

type Hasher = (words: readonly string[]) => Uint32Array

/** @returns two u32 a word, as value tables are built from */
function createHasher(): Hasher {
  const memory = createSharedMemory(2 * pageBytes)
  const kernel = featuresKernel.over(memory)
  const units = new Uint16Array(memory.buffer, pageBytes, maxUnits)
  return words => {
    const hashes = new BigUint64Array(words.length)
    for (const [i, word] of words.entries()) {
      hashes[i] = kernel.hashBackward(pageBytes, writeWord(word, 0, word.length, units, 0))
    }
    return new Uint32Array(hashes.buffer)
  }
}

async function readLexicon(path: string, hash: Hasher, refuse: Refuse) {
  const { words, values, names } = await readPairs(path, refuse, ([form, classes]) => [form, classes])
  const problem = names.find(letters => !/^[A-Za-z]+$/.test(letters))
  if (problem !== undefined) throw refuse(`${basename(path)} has the class "${problem}"; a class is one letter.`)
  const table = buildValueTable(hash(words), values, names.length)
  return { ...valueTensors('lexicon', table), ...stringList('lexicon.classes', names) }
}

async function readClusters(path: string, hash: Hasher, refuse: Refuse) {
  const { words, values, names } = await readPairs(path, refuse, ([steps, word]) => [word, steps])
  const paths = names.map(steps => {
    if (/^[01]+$/.test(steps) && steps.length <= maxSteps)
      return ((steps.length << maxSteps) | Number.parseInt(steps, 2)) >>> 0
    throw refuse(`${basename(path)} has the path "${steps}"; a path is 1 to ${maxSteps} digits 0 and 1.`)
  })
  const table = buildValueTable(hash(words), values, names.length)
  return { ...valueTensors('clusters', table), 'clusters.paths': Uint32Array.from([0, ...paths]) }
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
