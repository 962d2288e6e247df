import { finish, mix } from './hashes.as'
import { note } from './lookups.as'
import { rowOf } from './rows.as'

/** Templates: a seed u64, three u32 of where an attribute is from the word's row, and how many of them there are. */

let templates: usize = 0
let templatesEnd: usize = 0
const templateBytes: usize = 24

export function setTemplates(at: usize, count: u32): void {
  templates = at
  templatesEnd = at + (count as usize) * templateBytes
}

/** The feature that a template has at a row; 0 for none. */
export function hashAt(template: usize, row: usize): u64 {
  let hash = load<u64>(template)
  const end = template + 8 + ((load<u32>(template, 20) as usize) << 2)
  for (let at = template + 8; at < end; at += 4) {
    const value = load<u64>(row + load<u32>(at))
    if (value === 0) return 0
    hash = mix(hash, value)
  }
  return finish(hash) | 1
}

/** Notes the features of a word, whose weights go to a row of sums. */
export function noteFeatures(i: i32, sums: usize): void {
  const row = rowOf(i)
  for (let template = templates; template < templatesEnd; template += templateBytes) {
    const hash = hashAt(template, row)
    if (hash !== 0) note(hash, sums)
  }
}

/** Writes the features of a word, u64 each, 0 for none. Returns where they end. */
export function writeFeatures(i: i32, to: usize): usize {
  const row = rowOf(i)
  for (let template = templates; template < templatesEnd; template += templateBytes, to += 8) {
    store<u64>(to, hashAt(template, row))
  }
  return to
}
