import { addressOf } from 'modelhost/kernels'
import { type WordKernel, wordScratchBytes } from './kernels/word-kernel.js'
import type { MemoryWriter } from './memory-writer.js'
import type { WordTables } from './tables.js'
import type { ValueTable } from './value-table.js'

/** Has a kernel use tables, views on its memory, and gives it room to describe a word. */
export function useTables(kernel: WordKernel, tables: WordTables, writer: MemoryWriter): void {
  const { memory } = writer
  const addressOrCopy = (view: ArrayBufferView) =>
    view.buffer === memory.buffer ? addressOf(memory, view) : writer.write(view)
  const placesOf = ({ starts, entries, bits }: ValueTable) =>
    [addressOrCopy(starts), addressOrCopy(entries), starts.length - 1, bits] as const
  const { pages, lower, upper, classes } = tables.characters
  kernel.setCharacters(addressOrCopy(pages), addressOrCopy(lower), addressOrCopy(upper), addressOrCopy(classes))
  kernel.setLexicon(...placesOf(tables.lexicon), writer.write(tables.lexiconTraits))
  const clusters = placesOf(tables.clusters)
  kernel.setClusters(...clusters, addressOrCopy(tables.clusterPaths))
  kernel.setCapitals(...placesOf(tables.capitals))
  kernel.setAuxiliaries(...placesOf(tables.auxiliaries))
  kernel.setGazetteers(...placesOf(tables.gazetteers), addressOrCopy(tables.gazetteerSets))
  kernel.setWordScratch(writer.take(wordScratchBytes))
  const clusterOf = (word: string) => {
    const units = writer.write(Uint16Array.from(word, unit => unit.charCodeAt(0)))
    return kernel.findValue(...clusters, kernel.hashBackward(units, word.length))
  }
  const [mentions, urls] = tables.tokenClusters ?? [clusterOf('<@mention>'), clusterOf('<url-t.co>')]
  kernel.setTokenClusters(mentions!, urls!)
}
