import { contextAttributes, contextSlots, type Template, type TemplatePart, wordAttributes } from './attributes.js'
import { expandTemplates } from './expand.js'
import { seedOf } from './hashes.js'
import { singleBytes, templateBytes } from './kernels/score-kernel.js'
import type { MemoryWriter } from './memory-writer.js'

/**
 * Templates as a kernel follows them. A feature of one word alone is looked up once and kept in a cache,
 * for each offset; all others need rows of attributes.
 */
export interface Program {
  /** Where `setTemplates` and `setSingles` find theirs, and how many there are. */
  readonly templates: number
  readonly templateCount: number
  readonly singles: number
  readonly singleCount: number
  readonly kept: number
  readonly keptCount: number
  readonly row: RowLayout
}

/** What a row of attributes has, in bytes from its begin. */
export interface RowLayout {
  readonly bytes: number
  /** The hash that names have; 0 where no template asks for names. */
  readonly nameHash: number
  readonly names: number
  /** 1 where a template asks for the style of capitals. */
  readonly style: number
}

export interface ProgramSettings {
  /** Of a row of sums; 0 where there is no cache, and so all features need rows. */
  readonly sumBytes: number
  /** Where an entry of the cache has its rows of sums. */
  readonly firstSum: number
  /** Have rows all the attributes of a word, or those that templates ask for? */
  readonly hasWholeRows: boolean
}

const numberBytes = 8
const reach = 2

/** Is it of attributes of one word alone, so that the word's form says all? */
const isSingle = ({ parts }: Template): boolean =>
  parts.every(({ isContext, offset }) => !isContext && offset === parts[0]!.offset)

const contextNumber = (name: (typeof contextAttributes)[number]) => contextAttributes.indexOf(name)
const wordNumber = (name: (typeof wordAttributes)[number]) => wordAttributes.indexOf(name)

/** A row of all attributes of a word, and of its place. */
export const wholeRow: RowLayout = layoutOf([...wordAttributes.keys()], 1)

function layoutOf(kept: readonly number[], style: number): RowLayout {
  return {
    bytes: (kept.length + contextSlots) * numberBytes,
    nameHash: Math.max(0, kept.indexOf(wordNumber('nameHash'))) * numberBytes,
    names: (kept.length + contextNumber('gazetteers')) * numberBytes,
    style,
  }
}

function neededAttributes(templates: readonly Template[]): { kept: number[]; style: number } {
  const kept = [wordNumber('traits')]
  const parts = templates.flatMap(({ parts }) => parts)
  const asksFor = (name: (typeof contextAttributes)[number]) =>
    parts.some(({ isContext, attribute }) => isContext && attribute === contextNumber(name))
  for (const { attribute, isContext } of parts) if (!isContext && !kept.includes(attribute)) kept.push(attribute)
  if (asksFor('gazetteer') || asksFor('gazetteers')) kept.push(wordNumber('nameHash'))
  return { kept, style: asksFor('style') ? 1 : 0 }
}

export function writeProgram(
  templates: readonly Template[],
  { sumBytes, firstSum, hasWholeRows }: ProgramSettings,
  writer: MemoryWriter,
): Program {
  const numbered = expandTemplates(templates).map(template => ({ ...template, seed: seedOf(template.number) }))
  const needsRows = (template: Template) => sumBytes === 0 || !isSingle(template)
  const rowed = numbered.filter(needsRows)
  const single = numbered.filter(template => !needsRows(template))
  const needed = neededAttributes(rowed)
  const kept = hasWholeRows ? [...wordAttributes.keys()] : needed.kept
  const row = hasWholeRows ? wholeRow : layoutOf(kept, needed.style)
  const placeOf = ({ attribute, isContext, offset, slot }: TemplatePart): number =>
    offset * row.bytes + (isContext ? kept.length + attribute + slot : kept.indexOf(attribute)) * numberBytes
  const { buffer } = writer.memory
  // Back from the row is a large number: addresses of 32 bits wrap around.
  const write = (at: number, seed: bigint, places: number[]) => {
    new BigUint64Array(buffer, at, 1)[0] = seed
    new Int32Array(buffer, at + 8, 3).set(places)
    new Uint32Array(buffer, at + 20, 1)[0] = places.length
  }
  const templatesAt = writer.take(rowed.length * templateBytes)
  for (const [i, { seed, parts }] of rowed.entries()) write(templatesAt + i * templateBytes, seed, parts.map(placeOf))
  const singlesAt = writer.take(single.length * singleBytes)
  for (const [i, { seed, parts }] of single.entries()) {
    const at = singlesAt + i * singleBytes
    write(
      at,
      seed,
      parts.map(({ attribute }) => attribute * numberBytes),
    )
    new Uint32Array(buffer, at + templateBytes, 1)[0] = firstSum + (parts[0]!.offset + reach) * sumBytes
  }
  return {
    templates: templatesAt,
    templateCount: rowed.length,
    singles: singlesAt,
    singleCount: single.length,
    kept: writer.write(Uint32Array.from(kept, attribute => attribute * numberBytes)),
    keptCount: kept.length,
    row,
  }
}
