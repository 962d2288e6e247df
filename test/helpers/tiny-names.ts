import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Log, type Progress, type TensorSource, writeTensorFile } from 'modelhost'
import type { Test } from 'tap'
import { coerceParams } from '../../core/params.js'
import type { Entity } from '../../plugins/_text/entities/tags.js'
import ner from '../../plugins/ner/index.js'
import type { Params } from '../../plugins/ner/params.js'
import { type Files, folder } from './artifacts.js'
import { silentLog } from './silent-log.js'
import { noLimits } from './train-limits.js'

/** Sentences of ours, names in brackets behind their label; tokens have blanks between. */
const sentences = [
  '[PER Anna Kowalski] works at [ORG Nordwind] in [LOC Oslo] .',
  'Yesterday [PER Tom Becker] left [ORG Blue Harbor Inc] for good .',
  '[LOC Oslo] is colder than [LOC New Haven] in May .',
  'We met [PER Anna] and [PER Tom] at the station .',
  '[ORG Nordwind] buys [ORG Blue Harbor Inc] , says [PER Anna Kowalski] .',
  'The mayor of [LOC New Haven] thanks [PER Tom Becker] .',
  'RT @harbor : [PER Anna] speaks in [LOC Oslo] tonight http://a.example/1',
  'Thanks @anna_k , great evening in [LOC New Haven] :)',
  'Who runs [ORG Nordwind] now ?',
  'I love the rain and the tea .',
  'No names here , only words .',
  "[PER Anna Kowalski] 's team won in [LOC Oslo] .",
  "Read [PER Tom Becker] 's letter to [ORG Nordwind] .",
  'May was cold and June was not .',
  '[PER Maria Lindqvist] joins [ORG Nordwind] in [LOC Oslo] .',
  '[PER Maria Lindqvist] and [PER Tom Becker] visit [LOC New Haven] .',
  'Good morning everyone !',
  'They moved from [LOC Oslo] to [LOC New Haven] .',
  'They moved from [LOC New Haven] to [LOC #Oslo] #moving',
  'A great evening in [LOC #Oslo] #friday',
] as const

interface NamedSentence {
  readonly words: readonly string[]
  readonly entities: readonly Entity[]
}

/** Reads `[PER Anna Kowalski] left .` */
function readMarked(sentence: string): NamedSentence {
  const words: string[] = []
  const entities: Entity[] = []
  for (const [, label, name, word] of sentence.matchAll(/\[(\S+) ([^\]]+)\]|(\S+)/g)) {
    const start = words.length
    words.push(...(name === undefined ? [word!] : name.split(' ')))
    if (label !== undefined) entities.push({ label, start, end: words.length })
  }
  return { words, entities }
}

/** The sentences in CoNLL format, by BIO. */
export function conllText(marked: readonly string[] = sentences): string {
  const rows = marked.map(sentence => {
    const { words, entities } = readMarked(sentence)
    const tags = words.map(() => 'O')
    for (const { label, start, end } of entities) {
      tags.fill(`I-${label}`, start, end)
      tags[start] = `B-${label}`
    }
    return words.map((word, i) => `${word}\t${tags[i]}\n`).join('')
  })
  return `${rows.join('\n')}\n`
}

/** The sentences as texts with spans, a JSON object a line. */
export function spanText(marked: readonly string[] = sentences): string {
  const lines = marked.map(sentence => {
    const { words, entities } = readMarked(sentence)
    const starts = words.map((_, i) => words.slice(0, i).reduce((sum, word) => sum + word.length + 1, 0))
    const spans = entities.map(({ label, start, end }) => {
      return { start: starts[start]!, end: starts[end - 1]! + words[end - 1]!.length, label }
    })
    return JSON.stringify({ text: words.join(' '), spans })
  })
  return `${lines.join('\n')}\n`
}

const tinyParams = {
  ...{ epochs: 12, runs: 1, min_count: 1, threshold: 0 },
  ...{ lower_case_share: 0, upper_case_share: 0, title_case_share: 0 },
}

export interface NamesTraining {
  readonly params?: Readonly<Record<string, unknown>>
  /** The first is what is learned from. */
  readonly files?: Files
  /** Further channels -> files of these. */
  readonly channels?: Readonly<Record<string, string>>
  readonly threads?: number
  readonly log?: Log
  readonly progress?: (progress: Progress) => void
}

/** Trains as the host would, but in this thread. @returns the folder of the artifact, beside the files */
export async function trainNames(t: Pick<Test, 'teardown'>, training: NamesTraining = {}): Promise<string> {
  const { files = { 'train.conll': conllText() }, threads = 1, log = silentLog, progress = () => {} } = training
  const data = await folder(t, files)
  const output = join(data, 'out')
  await mkdir(output)
  const params = coerceParams(ner.params, { ...tinyParams, ...training.params }, 'params')
  const others = Object.entries(training.channels ?? {}).map(([name, file]) => [name, join(data, file)])
  const channels = { ...Object.fromEntries(others), train: join(data, Object.keys(files)[0]!) }
  const write = (name: string, content: TensorSource) => writeTensorFile(join(output, `NER-${name}`), content)
  await ner.train!({ channels, params: params as Params, artifact: { write }, log, progress, threads, ...noLimits })
  await writeFile(join(output, 'NER-params.json'), JSON.stringify({ model_name: 'NER', ...params }))
  return output
}
