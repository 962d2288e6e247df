import { EntityTally } from '../../_measures/entities.js'
import { anyTag } from '../tagging/kernels/score-kernel.js'
import type { Tagger } from '../tagging/tagger.js'
import type { FoundNames } from './calibrate.js'
import type { EntitySentence } from './corpus.js'
import { type NameSettings, NeverNames } from './never-names.js'
import { SpanReader } from './span-reader.js'
import type { Entity } from './tags.js'

/** How good a tagger is on sentences that it did not learn from. */
export interface Judged {
  readonly precision: number
  readonly recall: number
  readonly f1: number
  readonly found: FoundNames
}

/** What a tagger makes of sentences, held against what is right. */
export function judge(tagger: Tagger, sentences: readonly EntitySentence[], settings: NameSettings): Judged {
  const never = new NeverNames(settings)
  const spans = new SpanReader(tagger.tags)
  const space = tagger.tags.indexOf('SPACE')
  const tally = new EntityTally()
  const margins: number[] = []
  const areRight: boolean[] = []
  for (const { words, entities } of sentences) {
    const tags = new Uint8Array(words.length)
    const fixed = new Uint8Array(words.length).fill(anyTag)
    const out = new Float32Array(words.length)
    never.inWords(words, word => {
      fixed[word] = spans.outside
    })
    tagger.tagWords(words, tags, fixed, { wanted: spans.isName, out })
    const right = new Set(entities.map(keyOf))
    const found: Entity[] = []
    spans.read(tags, words.length, space, (label, first, last) => {
      const entity = { label, start: first, end: last + 1 }
      found.push(entity)
      margins.push(out[first]!)
      areRight.push(right.has(keyOf(entity)))
    })
    tally.add(entities, found)
  }
  const { precision, recall, f1 } = tally.score
  return { precision, recall, f1, found: { margins, areRight } }
}

const keyOf = ({ label, start, end }: Entity) => `${start} ${end} ${label}`
