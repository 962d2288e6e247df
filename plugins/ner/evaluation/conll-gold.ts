import { type ConllSentence, formatConll, readConll } from '../../_text/entities/conll.js'
import { type LabelMap, mapLabels } from '../../_text/entities/labels.js'
import { type JoinedSentence, joinMentions } from '../../_text/entities/mentions.js'
import { type Entity, entitiesOf, outside, type Scheme, SchemeFinder, tagsOf } from '../../_text/entities/tags.js'
import type { Refuse } from '../../_text/text-files.js'
import type { GoldCase } from './gold-case.js'

export interface ConllGoldSource {
  readonly path: string
  readonly labels: LabelMap
  readonly tagColumn: number | undefined
  readonly refuse: Refuse
}

/** The sentences of a CoNLL file, with mentions as one token each. */
export async function readConllGold({ path, labels, tagColumn, refuse }: ConllGoldSource): Promise<GoldCase[]> {
  const sentences: ConllSentence[] = []
  const finder = new SchemeFinder()
  for await (const sentence of readConll({ path, tagColumn, refuse })) {
    finder.add(sentence.tags)
    sentences.push(sentence)
  }
  return sentences.map(sentence => caseOf(sentence, labels, finder.scheme))
}

function caseOf(sentence: ConllSentence, labels: LabelMap, scheme: Scheme): GoldCase {
  const joined = joinMentions(sentence.words, sentence.tags)
  const { words, tags, mentions } = joined
  const clean = tags.map((tag, i) => (mentions[i] ? outside : tag))
  const all = mapLabels(entitiesOf(sentence.tags), labels)
  const isMention = ({ start, end }: Entity) => end - start === 1 && mentions[start]!
  return {
    asked: words,
    gold: mapLabels(entitiesOf(clean), labels),
    all,
    hasMentions: all.some(entity => overlapsMention(entity, joined)),
    isMention,
    asInFile: entity => asInFile(entity, joined, isMention(entity)),
    textOf: ({ start, end }) => words.slice(start, end).join(' '),
    format: entities => {
      const written = entities.flatMap(entity => asInFile(entity, joined, isMention(entity)))
      return formatConll(sentence, tagsOf(sentence.words.length, written, scheme))
    },
    place: `line ${sentence.line} of ${sentence.file}`,
  }
}

const overlapsMention = ({ start, end }: Entity, { mentions, places }: JoinedSentence): boolean =>
  mentions.some((is, i) => is && places[i]! < end && places[i + 1]! > start)

function asInFile({ label, start, end }: Entity, { places }: JoinedSentence, isMention: boolean): Entity[] {
  const [first, last] = [places[start]!, places[end]!]
  if (!isMention || last - first === 1) return [{ label, start: first, end: last }]
  return [
    { label, start: first, end: first + 1 },
    { label, start: first + 1, end: last },
  ]
}
