import { LRUCache } from 'lru-cache'

/**
 * The hits of a cache that drops what was not used for longest, where loads take no time.
 *
 * @param order  what was asked for, one after the other
 * @param bytesOf  what each takes
 * @returns share of the requests
 */
export function idealHitRate(order: Iterable<number>, bytesOf: (item: number) => number, budgetBytes: number): number {
  const cache = new LRUCache<number, true>({ maxSize: budgetBytes })
  let hits = 0
  let all = 0
  for (const item of order) {
    all++
    if (cache.get(item)) hits++
    else cache.set(item, true, { size: bytesOf(item) })
  }
  return hits / all
}
