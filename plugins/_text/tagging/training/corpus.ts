import { basename } from 'node:path'
import { hasSurfaceTokens, joinHyphens, readConllu } from '../../conllu.js'
import type { Refuse } from '../../text-files.js'
import { maxTags } from '../model-file.js'

/** What is learned from: sentences of words with their tags. */
export interface Corpus {
  /** Of what is equally good the tag that stands first here is taken. */
  readonly tags: readonly string[]
  readonly domains: readonly string[]
  readonly sentences: readonly TaggedSentence[]
  /**
   * U8 [tags + 2, tags], 1 where a tag may follow: from each tag, from the start, and may it end? What is learned never
   * breaks it, and no sentence may. Absent: all may follow. @see allowedSpans
   */
  readonly allowed?: Uint8Array | undefined
}

export interface TaggedSentence {
  readonly words: readonly string[]
  readonly tags: readonly string[]
  /** Number of the file it is from. */
  readonly domain: number
  /** The same with `X - Y` as one word: to be learned from as well. */
  readonly joined?: Pick<TaggedSentence, 'words' | 'tags'>
}

export interface CorpusSettings {
  readonly language: string
  /** Adds a copy of each sentence with `X - Y` as one word. */
  readonly join_hyphens: boolean
}

/** Of a file, as `domain` names it. */
const domainOf = (file: string): string => basename(file).replace(/\.conllu(\.gz)?$/i, '')

/**
 * Reads treebanks.
 *
 * @param paths  files, or folders of them
 * @throws what `refuse` makes, naming file and line
 */
export async function readCorpus(paths: readonly string[], settings: CorpusSettings, refuse: Refuse): Promise<Corpus> {
  const sentences: TaggedSentence[] = []
  const domains: string[] = []
  const surface = hasSurfaceTokens(settings.language)
  for (const path of paths) {
    for await (const sentence of readConllu({ path, surface, refuse })) {
      const { words, tags, file } = sentence
      const name = domainOf(file)
      if (!domains.includes(name)) domains.push(name)
      const joined = settings.join_hyphens ? joinHyphens(sentence) : sentence
      const hasJoined = joined.words.length < words.length
      const domain = domains.indexOf(name)
      sentences.push({
        words,
        tags,
        domain,
        ...(hasJoined ? { joined: { words: joined.words, tags: joined.tags } } : {}),
      })
    }
  }
  const tags = [...new Set(sentences.flatMap(sentence => sentence.tags))].sort()
  if (tags.length > maxTags) throw refuse(`there are ${tags.length} different tags, more than ${maxTags}.`)
  return { tags, domains, sentences }
}
