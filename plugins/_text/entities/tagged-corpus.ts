import { maxTags } from '../tagging/model-file.js'
import type { Corpus } from '../tagging/training/corpus.js'
import { allowedSpans } from '../tagging/transitions.js'
import type { Refuse } from '../text-files.js'
import type { EntitySentence } from './corpus.js'
import { outside, tagsOf } from './tags.js'

const maxLabels = Math.floor((maxTags - 1) / 4)

/**
 * Sentences of names as a tagger learns them: by the tags of BILOU, of which only those may follow that make sense.
 *
 * @throws what `refuse` makes, when there is no name, or there are too many labels
 */
export function toTaggedCorpus(
  sentences: readonly EntitySentence[],
  domains: readonly string[],
  refuse: Refuse,
): Corpus {
  const labels = labelsOf(sentences)
  if (labels.length === 0) throw refuse('the sentences to learn from have no name.')
  if (labels.length > maxLabels) {
    const hint = 'The param "labels" says what they stand for, or leaves them out'
    throw refuse(
      `there are ${labels.length} labels, more than ${maxLabels} (${labels.slice(0, 20).join(', ')}). ${hint}.`,
    )
  }
  const tags = [outside, ...labels.flatMap(label => ['B', 'I', 'L', 'U'].map(place => `${place}-${label}`))]
  const tagged = sentences.map(({ words, entities, domain }) => {
    return { words, tags: tagsOf(words.length, entities, 'bilou'), domain }
  })
  return { tags, domains, sentences: tagged, allowed: allowedSpans(tags) }
}

/** In alphabetical order. */
export function labelsOf(sentences: readonly EntitySentence[]): string[] {
  const labels = new Set<string>()
  for (const { entities } of sentences) for (const { label } of entities) labels.add(label)
  return [...labels].sort()
}
