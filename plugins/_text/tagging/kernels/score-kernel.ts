/** Of a template in memory. */
export const templateBytes = 24
/** Of one with its row in a cache entry. */
export const singleBytes = 32
/** Of a feature that is looked up. */
export const lookupBytes = 16
/** Rows of sums before the first word of a sentence, and behind the last one. */
export const sumMargin = 4
/** Of a cache entry, before its sums. */
export const entryHeadBytes = 16
/** Of rows of transitions: what margins need. */
export const marginRows = 5
/** Where the model decides. */
export const anyTag = 255

/**
 * What finds the tags of words that are described. Addresses are bytes in the kernel's memory. Nothing is checked.
 *
 * @see Collins 2002, Discriminative Training Methods for Hidden Markov Models
 */
export interface ScoreKernel {
  setWeights(starts: number, lists: number, buckets: number): void
  /** The first bucket that is not whole or is of other tags, from 1; 0 where all is well. */
  findBadBucket(starts: number, lists: number, buckets: number, bytes: number, tags: number, maxBytes: number): number
  /** i32 rows of whole vectors: from each tag, from the start, to the end; i32 and u8 rows for 256 words. */
  setViterbi(tags: number, transitions: number, paths: number, back: number): void
  /** Room for five rows such as those of transitions; call it behind `setViterbi`. */
  setMarginRows(at: number): void
  /** U8 by word: the one tag it may have, or `anyTag`; the tags. */
  setTags(fixed: number, tags: number): void
  /** i16 rows; i32 rows of twice the bytes. */
  setScores(sums: number, sumBytes: number, scores: number): void
  /** Room for the features of a word: `lookupBytes` by template and single. */
  setLookups(at: number): void
  /** Of features that need rows: a seed u64, three u32 of where an attribute is from the word's row, how many there are. */
  setTemplates(at: number, count: number): void
  /** Of features that a word has alone: as templates, but by where an attribute is; then u32 of its row in a cache entry. */
  setSingles(at: number, count: number): void
  /** `kept` is where the attributes of an entry begin; the last entry is for what is outside of a sentence. */
  setCache(at: number, entryBytes: number, count: number, kept: number): void
  /** Empties the cache. The attributes are those of what is outside. */
  clearCache(attributes: number): void
  /** Tags a sentence of 1 to 256 words. */
  tag(count: number): void
  /**
   * Of the sentence that was tagged last, how much better it is than the best one without the span that a word is in:
   * i32 by word, written where the word's tag is wanted. `wanted` u8 by tag. A span goes on behind tags that may not end
   * a sentence.
   */
  margins(count: number, wanted: number, out: number): void
}
