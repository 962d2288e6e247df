/**
 * Tags a sentence whose words and places another kernel described, in another memory. AssemblyScript; `scoring.ts` beside
 * it is the typed door. What scores is what `tagging.as.ts` has too.
 *
 *   rows of attributes ──▶ cache: what the features of a word weigh at each offset ─▶ scores ─▶ Viterbi
 *                      ──▶ features of several words, or of a place  ─────────────────▶
 */
import { findMargins } from './parts/margins.as'
import { rowOf } from './parts/rows.as'
import { addEntry, beginSums, fillEntry, findTags, placeOf, scores, sumBytes, tags } from './parts/scores.as'
import { exact } from './parts/word.as'

export { setLookups } from './parts/lookups.as'
export { setMarginRows } from './parts/margins.as'
export { findBadPacked, setPacked } from './parts/packed-weights.as'
export { setRows } from './parts/rows.as'
export { clearCache, setCache, setScores, setSingles, setTags } from './parts/scores.as'
export { setTemplates } from './parts/templates.as'
export { setViterbi } from './parts/viterbi.as'
export { findBadBucket, setWeights } from './parts/weights.as'

/** Tags a sentence of at least one word, whose rows are there. */
export function tag(count: i32): void {
  beginSums(count)
  for (let i: i32 = 0; i < count; i++) {
    const row = rowOf(i)
    const hash = load<u64>(row + (exact << 3))
    const entry = placeOf(hash)
    if (load<u64>(entry) !== hash) {
      fillEntry(entry, row)
      store<u64>(entry, hash)
    }
    addEntry(entry, i)
  }
  findTags(count)
}

/** The margins of the sentence that was tagged last: i32 by word, for those whose tags are `wanted`, u8 by tag. */
export function margins(count: i32, wanted: usize, out: usize): void {
  findMargins(scores, sumBytes << 1, count, tags, wanted, out)
}
