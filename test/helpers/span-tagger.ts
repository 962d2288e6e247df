import type { Corpus } from '../../plugins/_text/tagging/training/corpus.js'
import type { TaggerSettings } from '../../plugins/_text/tagging/training/settings.js'
import { allowedSpans } from '../../plugins/_text/tagging/transitions.js'

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
