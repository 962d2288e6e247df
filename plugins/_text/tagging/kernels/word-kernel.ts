/** Bytes that describing a word needs. */
export const wordScratchBytes = 1024

/** What describes words and their places. Addresses are bytes in the kernel's memory. Nothing is checked. */
export interface WordKernel {
  setCharacters(pages: number, lower: number, upper: number, classes: number): void
  /** `traits` U8 by class, the first for none. */
  setLexicon(starts: number, entries: number, buckets: number, bits: number, traits: number): void
  setClusters(starts: number, entries: number, buckets: number, bits: number, paths: number): void
  /** The clusters of all mentions and of all URLs; 0 for none. */
  setTokenClusters(mentions: number, urls: number): void
  setCapitals(starts: number, entries: number, buckets: number, bits: number): void
  /** Words with marks of their own: auxiliaries. */
  setAuxiliaries(starts: number, entries: number, buckets: number, bits: number): void
  /** `sets` U32 rows of four classes, the first for none. */
  setGazetteers(starts: number, entries: number, buckets: number, bits: number, sets: number): void
  /** Where in a row the hash of a word is that names have, 0 where nobody asks; and where the answers go. */
  setNamePlaces(hash: number, answers: number): void
  setWordScratch(at: number): void
  /** The row of the first word; two rows lie before it, two behind the last. */
  setRows(at: number, rowBytes: number): void
  /** u32 by word; 1 where the style of capitals is asked for. */
  setPlaces(clauses: number, style: number): void
  /** The hash of a word, from its last unit to its first, as value tables have it. */
  hashBackward(word: number, units: number): bigint
  /** The number of a table, at least 1; 0 for none. */
  findValue(starts: number, entries: number, buckets: number, bits: number, hash: bigint): number
}
