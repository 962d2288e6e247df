import { basename } from 'node:path'
import { joinHyphens, readConllu, type Sentence } from '../../conllu.js'
import type { Refuse } from '../../text-files.js'
import { maxTags } from '../model-file.js'
import type { TaggerSettings } from './settings.js'

/** What is learned from: sentences of words with their tags. */
export interface Corpus {
  /** In alphabetical order. */
  readonly tags: readonly string[]
  readonly domains: readonly string[]
  readonly sentences: readonly TaggedSentence[]
}

export interface TaggedSentence {
  readonly words: readonly string[]
  readonly tags: readonly string[]
  /** Number of the file it is from. */
  readonly domain: number
}

/** Of a file, as `domain` names it. */
const domainOf = (file: string): string => basename(file).replace(/\.conllu(\.gz)?$/i, '')

/**
 * Reads treebanks.
 *
 * @throws what `refuse` makes, naming file and line
 */
export async function readCorpus(path: string, settings: TaggerSettings, refuse: Refuse): Promise<Corpus> {
  const sentences: TaggedSentence[] = []
  const domains: string[] = []
  for await (const sentence of readConllu({ path, surface: settings.surface_tokens, refuse })) {
    const name = domainOf(sentence.file)
    if (!domains.includes(name)) domains.push(name)
    const domain = domains.indexOf(name)
    const untagged = sentence.tags.findIndex(tag => tag === '_' || tag === '')
    if (untagged >= 0) {
      const where = `${sentence.file}, sentence from line ${sentence.line}`
      throw refuse(`${where}: "${sentence.words[untagged]}" has no tag. Column 4 must have one for each word.`)
    }
    sentences.push({ words: sentence.words, tags: sentence.tags, domain })
    const joined = settings.join_hyphens ? joinHyphens(sentence) : sentence
    if (joined !== (sentence as Sentence)) sentences.push({ words: joined.words, tags: joined.tags, domain })
  }
  return corpusOf(sentences, domains, refuse)
}

/** @throws what `refuse` makes when there are too many tags */
export function corpusOf(sentences: readonly TaggedSentence[], domains: readonly string[], refuse: Refuse): Corpus {
  const tags = [...new Set(sentences.flatMap(sentence => sentence.tags))].sort()
  if (tags.length > maxTags) throw refuse(`There are ${tags.length} different tags, more than ${maxTags}.`)
  return { tags, domains, sentences }
}
