import { classSlots, isGazetteer, type Template, type TemplatePart } from './attributes.js'

/** A template as kernels follow it, with the number of the one that it is of: their features have the same seed. */
export interface ExpandedTemplate extends Template {
  readonly number: number
}

/** A template with the attribute `gazetteer` has a feature for each class of the name: a template for each of its slots. */
export function expandTemplates(templates: readonly Template[]): ExpandedTemplate[] {
  return templates.flatMap((template, number) =>
    expandParts(template.parts).map(parts => ({ ...template, parts, number })),
  )
}

function expandParts([first, ...others]: readonly TemplatePart[]): TemplatePart[][] {
  if (first === undefined) return [[]]
  const slots = Array.from({ length: isGazetteer(first) ? classSlots : 1 }, (_, slot) => ({ ...first, slot }))
  return expandParts(others).flatMap(rest => slots.map(one => [one, ...rest]))
}
