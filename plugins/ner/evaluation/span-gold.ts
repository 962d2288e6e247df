import { type LabelMap, mapLabels } from '../../_text/entities/labels.js'
import { isMention } from '../../_text/entities/mentions.js'
import type { OffsetUnit } from '../../_text/entities/offsets.js'
import { formatSpans, readSpanLines, type SpanText } from '../../_text/entities/span-lines.js'
import type { Entity } from '../../_text/entities/tags.js'
import type { Refuse } from '../../_text/text-files.js'
import type { GoldCase } from './gold-case.js'

export interface SpanGoldSource {
  readonly path: string
  readonly labels: LabelMap
  readonly unit: OffsetUnit
  readonly refuse: Refuse
}

/** The texts of a file of JSON lines; places are in UTF-16 units. */
export async function readSpanGold({ path, labels, unit, refuse }: SpanGoldSource): Promise<GoldCase[]> {
  const cases: GoldCase[] = []
  for await (const text of readSpanLines({ path, unit, refuse })) cases.push(caseOf(text, labels, unit))
  return cases
}

function caseOf(spanText: SpanText, labels: LabelMap, unit: OffsetUnit): GoldCase {
  const { text, file, line } = spanText
  const all = mapLabels(spanText.entities, labels)
  // With its sign, or without where that stands before it.
  const isOfMention = ({ start, end }: Entity) =>
    isMention(text.slice(start, end)) || (start > 0 && isMention(text.slice(start - 1, end)))
  return {
    asked: text,
    gold: all.filter(entity => !isOfMention(entity)),
    all,
    hasMentions: all.some(isOfMention),
    isMention: isOfMention,
    asInFile: entity => [entity],
    textOf: ({ start, end }) => text.slice(start, end),
    format: entities => formatSpans(spanText, entities, unit),
    place: `line ${line} of ${file}`,
  }
}
