import { basename } from 'node:path'
import { findFiles, type Refuse } from '../text-files.js'
import { alignEntities, sentencesOf } from './align.js'
import { readConll } from './conll.js'
import { createTextCutter } from './cut-text.js'
import { decodeWord } from './html-references.js'
import { type LabelMap, mapLabels } from './labels.js'
import { joinMentions } from './mentions.js'
import { type NameSettings, NeverNames } from './never-names.js'
import type { OffsetUnit } from './offsets.js'
import { readSpanLines } from './span-lines.js'
import { type Entity, entitiesOf, outside, tagsOf } from './tags.js'

/** How files of names are read. */
export interface EntityFileSettings extends NameSettings {
  readonly labels: LabelMap
  /** Of CoNLL files, from 1. */
  readonly tag_column?: number | undefined
  /** What offsets count in files of JSON lines. */
  readonly data_offsets: OffsetUnit
}

/** A sentence to learn from, or to measure on. */
export interface EntitySentence {
  readonly words: readonly string[]
  readonly entities: readonly Entity[]
  /** Number of the file it is from. */
  readonly domain: number
}

export interface EntityCorpus {
  readonly sentences: readonly EntitySentence[]
  /** Names of the files, without their ends. */
  readonly domains: readonly string[]
  readonly misaligned: Misaligned
}

/** Names in files of JSON lines that do not begin and end as tokens do. */
export interface Misaligned {
  /** Widened to whole tokens. */
  readonly widened: number
  /** Without a token of their own, and left out. */
  readonly dropped: number
  /** Where the first of them are: `line 7 of a.jsonl`. */
  readonly places: readonly string[]
}

const spanLines = /\.(jsonl|ndjson)(\.gz)?$/i
const kind = { names: /\.(conll|iob2?|bio|tsv|txt|jsonl|ndjson)(\.gz)?$/i, shown: '*.conll or *.jsonl' }
const shownPlaces = 10

export const isSpanLines = (path: string): boolean => spanLines.test(path)

/**
 * The file itself, whatever its name; of a folder those of both kinds, by name.
 *
 * @throws what `refuse` makes, when there is none
 */
export const findEntityFiles = (path: string, refuse: Refuse): Promise<string[]> => findFiles({ path, kind, refuse })

const domainOf = (file: string): string => basename(file).replace(kind.names, '')

/**
 * Reads sentences with their names: files of JSON lines, `.jsonl` and `.ndjson`, as texts with spans, all others as CoNLL.
 *
 * @param paths  files, or folders of them
 * @throws what `refuse` makes, naming file and line
 */
export async function readEntityCorpus(
  paths: readonly string[],
  settings: EntityFileSettings,
  refuse: Refuse,
): Promise<EntityCorpus> {
  const reader = new CorpusReader(settings, refuse)
  for (const path of paths) for (const file of await findEntityFiles(path, refuse)) await reader.read(file)
  return reader.corpus()
}

class CorpusReader {
  readonly #settings: EntityFileSettings
  readonly #refuse: Refuse
  readonly #never: NeverNames
  readonly #sentences: EntitySentence[] = []
  readonly #domains: string[] = []
  readonly #places: string[] = []
  #widened = 0
  #dropped = 0

  constructor(settings: EntityFileSettings, refuse: Refuse) {
    this.#settings = settings
    this.#refuse = refuse
    this.#never = new NeverNames(settings)
  }

  async read(path: string): Promise<void> {
    const name = domainOf(path)
    if (!this.#domains.includes(name)) this.#domains.push(name)
    const domain = this.#domains.indexOf(name)
    if (isSpanLines(path)) await this.#readSpanLines(path, domain)
    else await this.#readConll(path, domain)
  }

  corpus(): EntityCorpus {
    const misaligned = { widened: this.#widened, dropped: this.#dropped, places: this.#places }
    return { sentences: this.#sentences, domains: this.#domains, misaligned }
  }

  async #readConll(path: string, domain: number): Promise<void> {
    const { tag_column: tagColumn } = this.#settings
    for await (const { words, tags } of readConll({ path, tagColumn, refuse: this.#refuse })) {
      this.#add({ ...joinMentions(words.map(decodeWord), tags), domain })
    }
  }

  async #readSpanLines(path: string, domain: number): Promise<void> {
    const cut = createTextCutter(this.#settings)
    const { data_offsets: unit } = this.#settings
    for await (const { text, entities: given, file, line } of readSpanLines({ path, unit, refuse: this.#refuse })) {
      const whole = cut(text)
      const { entities, widened, dropped } = alignEntities(whole, given)
      this.#widened += widened
      this.#dropped += dropped
      if (widened + dropped > 0 && this.#places.length < shownPlaces) this.#places.push(`line ${line} of ${file}`)
      const tags = tagsOf(whole.tokens.count, entities, 'bio')
      const { starts, ends } = whole.tokens
      const sentences = sentencesOf(whole.tokens, entities).map(tokens => ({
        words: tokens.map(i => whole.text.slice(starts[i], ends[i])),
        tags: tokens.map(i => tags[i]!),
      }))
      // Whatever looks at words by themselves cuts texts in between.
      for (const sentence of sentences) this.#add({ ...sentence, domain })
    }
  }

  #add({ words, tags, domain }: { words: readonly string[]; tags: readonly string[]; domain: number }): void {
    const known = [...tags]
    this.#never.inWords(words, word => {
      known[word] = outside
    })
    this.#sentences.push({ words, entities: mapLabels(entitiesOf(known), this.#settings.labels), domain })
  }
}
