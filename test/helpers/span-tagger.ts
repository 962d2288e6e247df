import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Corpus } from '../../plugins/_text/tagging/training/corpus.js'
import { readNameLists } from '../../plugins/_text/tagging/training/name-lists.js'
import type { TaggerSettings } from '../../plugins/_text/tagging/training/settings.js'
import type { WordLists } from '../../plugins/_text/tagging/training/tables-file.js'
import { allowedSpans } from '../../plugins/_text/tagging/transitions.js'

import type { TwinLists } from '../twins/tagging.js'

/** Sentences of ours, `word/TAG`; O is left out. */
const sentences = [
  'Anna/B-PER Berg/L-PER lives in Paris/U-LOC .',
  'The Red/B-ORG Fox/I-ORG Club/L-ORG met Otto/U-PER in New/B-LOC York/L-LOC !',
  'We like New/B-LOC York/L-LOC and Anna/U-PER .',
  'In May/O Otto/B-PER Berg/L-PER left the Fox/B-ORG Club/L-ORG .',
  'nothing to see here .',
  'ANNA/U-PER LOVES PARIS/U-LOC',
]

export const spanTags = ['O', ...['LOC', 'ORG', 'PER'].flatMap(type => ['B', 'I', 'L', 'U'].map(x => `${x}-${type}`))]

/** Names in sentences, as `BILOU` tags. */
export const spanCorpus: Corpus = {
  tags: spanTags,
  domains: ['ours'],
  sentences: sentences.map(sentence => {
    const pairs = sentence.split(' ').map(pair => pair.split('/'))
    return { words: pairs.map(([word]) => word!), tags: pairs.map(([, tag = 'O']) => tag), domain: 0 }
  }),
  allowed: allowedSpans(spanTags),
}

export const spanSettings: TaggerSettings = {
  language: 'en',
  join_hyphens: false,
  templates: ['lower', 'lower[-1]', 'lower[+1]', 'initial', 'initial[+1]', 'shape start', 'suffix3'],
  epochs: 4,
  runs: 1,
  seed: 1,
  min_count: 1,
  threshold: 0,
}

const gazetteerRows: readonly (readonly [name: string, className: string])[] = [
  ['New York', 'city'],
  ['New York City', 'city'],
  ['New York', 'state'],
  ['Red Fox Club', 'club'],
  ['St. John\u2019s', 'city'],
  ['Anna', 'first'],
  ['Otto', 'first'],
  ['Berg', 'last'],
  ['Berg', 'mountain'],
  ['Berg', 'river'],
  ['Berg', 'city'],
  ['Berg', 'club'],
  ['May', 'last'],
  ['one two three four five six', 'long'],
  ['one two three four five six seven', 'too long'],
]
const capitalRows: readonly (readonly [word: string, capitalised: number, all: number, step: number])[] = [
  ['may', 30, 60, 3],
  ['anna', 99, 100, 5],
  ['in', 0, 500, 1],
  ['fox', 7, 8, 4],
  ['club', 1, 10, 2],
]
const clusterRows = [
  ['0101', 'in'],
  ['11011011011011011011', 'york'],
  ['110110110110110', 'paris'],
  ['001', '<@MENTION>'],
  ['0001', '<URL-t.co>'],
] as const

/** @param folder  an empty one, for the files */
export async function spanLists(folder: string): Promise<WordLists> {
  const files = { gazetteer: join(folder, 'g.tsv'), capitals: join(folder, 'c.tsv'), clusters: join(folder, 'k.tsv') }
  const text = (rows: readonly (readonly unknown[])[]) => rows.map(row => `${row.join('\t')}\n`).join('')
  await writeFile(files.gazetteer, text(gazetteerRows))
  await writeFile(files.capitals, text(capitalRows))
  await writeFile(files.clusters, text(clusterRows))
  return readNameLists('en', files, problem => new Error(problem))
}

/** The same lists for the twin. */
export function spanTwinLists(): TwinLists {
  const classes = [...new Set(gazetteerRows.map(([, name]) => name))].filter(name => name !== 'too long')
  const [apart, joined] = [new Map<string, number[]>(), new Map<string, number[]>()]
  const add = (names: Map<string, number[]>, name: string, own: number) => {
    const known = names.get(name) ?? []
    if (!known.includes(own)) names.set(name, [...known, own])
    return names.get(name)!
  }
  // In the order in which they come, which numbers the sets.
  const order = new Set<string>()
  for (const [name, className] of gazetteerRows) {
    if (className === 'too long') continue
    const low = name
      .toLowerCase()
      .replace(/[.\u2019]/g, '')
      .replace('johns', 'john s')
    add(apart, low, classes.indexOf(className) + 1)
    order.add(low)
    if (low.includes(' ')) add(joined, low.replaceAll(' ', ''), classes.indexOf(className) + 1)
  }
  const sets = new Map<string, number>()
  const setOf = (numbers: readonly number[]) => {
    const own = numbers.slice(0, 4).sort((a, b) => a - b)
    const key = own.join(' ')
    sets.set(key, sets.get(key) ?? sets.size + 1)
    return { number: sets.get(key)!, classes: own }
  }
  const found = new Map([...order].map(name => [name, setOf(apart.get(name)!)]))
  const whole = new Map([...joined].map(([name, numbers]) => [name, setOf(numbers)]))
  return {
    names: { apart: found, joined: whole },
    capitals: new Map(capitalRows.map(([word, , , step]) => [word, step])),
    clusters: new Map(clusterRows.map(([path, word]) => [word.toLowerCase(), path])),
    auxiliaries: new Set(),
  }
}
