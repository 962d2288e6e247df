import type { Entity } from './tags.js'

/** Label of a corpus -> label to have for it; an empty one: no name. Labels that are not there stay. */
export type LabelMap = Readonly<Record<string, string>>

/** Names with the labels that a map has for them, and without those that it leaves out. */
export function mapLabels<E extends Pick<Entity, 'label'>>(entities: readonly E[], labels: LabelMap): E[] {
  const mapped: E[] = []
  for (const entity of entities) {
    const label = Object.hasOwn(labels, entity.label) ? labels[entity.label]! : entity.label
    if (label !== '') mapped.push(label === entity.label ? entity : { ...entity, label })
  }
  return mapped
}
