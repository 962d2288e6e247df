import { addressOf } from 'modelhost/kernels'
import { contextAttributes, type Template, type TemplatePart } from './attributes.js'
import { seedOf } from './hashes.js'
import { singleBytes, sumMargin, templateBytes, type WordKernel, wordScratchBytes } from './kernels/tagging.js'
import type { MemoryWriter } from './memory-writer.js'
import type { WordTables } from './tables.js'

/**
 * Templates as a kernel follows them. A feature of one word alone is looked up once and kept in a cache,
 * for each offset; all others need rows of attributes, which have no more than these ask for.
 */
export interface Program {
  /** Where `setTemplates` and `setSingles` find theirs, and how many there are. */
  readonly templates: number
  readonly templateCount: number
  readonly singles: number
  readonly singleCount: number
  readonly kept: number
  readonly keptCount: number
  readonly rowBytes: number
}

const traits = 0
const numberBytes = 8
const reach = 2

/** Is it of attributes of one word alone, so that the word's form says all? */
const isSingle = ({ parts }: Template): boolean =>
  parts.every(({ isContext, offset }) => !isContext && offset === parts[0]!.offset)

/**
 * @param sumBytes  of a row of sums; 0 where there is no cache, and so all features need rows
 * @param firstSum  where an entry of the cache has its rows of sums
 */
export function writeProgram(
  templates: readonly Template[],
  { sumBytes, firstSum }: { sumBytes: number; firstSum: number },
  writer: MemoryWriter,
): Program {
  const numbered = templates.map((template, i) => ({ ...template, seed: seedOf(i) }))
  const needsRows = (template: Template) => sumBytes === 0 || !isSingle(template)
  const rowed = numbered.filter(needsRows)
  const single = numbered.filter(template => !needsRows(template))
  const kept = [traits]
  for (const { attribute, isContext } of rowed.flatMap(({ parts }) => parts)) {
    if (!isContext && !kept.includes(attribute)) kept.push(attribute)
  }
  const rowBytes = (kept.length + contextAttributes.length) * numberBytes
  const placeOf = ({ attribute, isContext, offset }: TemplatePart): number =>
    offset * rowBytes + (isContext ? kept.length + attribute : kept.indexOf(attribute)) * numberBytes
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
    rowBytes,
  }
}

/** Has a kernel use tables, views on its memory, and gives it room to describe a word. */
export function useTables(kernel: WordKernel, tables: WordTables, writer: MemoryWriter): void {
  const { memory } = writer
  const addressOrCopy = (view: ArrayBufferView) =>
    view.buffer === memory.buffer ? addressOf(memory, view) : writer.write(view)
  const placesOf = ({ starts, entries, bits }: WordTables['lexicon']) =>
    [addressOrCopy(starts), addressOrCopy(entries), starts.length - 1, bits] as const
  const { pages, lower, upper, classes } = tables.characters
  kernel.setCharacters(addressOrCopy(pages), addressOrCopy(lower), addressOrCopy(upper), addressOrCopy(classes))
  kernel.setLexicon(...placesOf(tables.lexicon), writer.write(tables.lexiconTraits))
  const clusters = placesOf(tables.clusters)
  kernel.setClusters(...clusters, addressOrCopy(tables.clusterPaths))
  kernel.setAuxiliaries(...placesOf(tables.auxiliaries))
  kernel.setWordScratch(writer.take(wordScratchBytes))
  const clusterOf = (word: string) => {
    const units = writer.write(Uint16Array.from(word, unit => unit.charCodeAt(0)))
    return kernel.findValue(...clusters, kernel.hashBackward(units, word.length))
  }
  kernel.setTokenClusters(clusterOf('<@mention>'), clusterOf('<url-t.co>'))
}

/** Rows of sums that a sentence of `words` needs. */
export const sumRows = (words: number): number => words + 2 * sumMargin
