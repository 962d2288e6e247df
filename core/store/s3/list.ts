import { fail } from '../../errors.js'
import type { ListedTarget, PageRequest, TargetPage } from '../store.js'
import type { S3Root } from './find.js'
import { retry } from './retry.js'
import { closeFolders, readToken, tokenOf, type Walk, walkBy } from './walk.js'

/** A page of a store with many other objects comes short, and the next one goes on. */
const maxCalls = 10
/** S3 gives no more at once. */
const maxKeys = 1000
/** Objects for each target, in the first call: an archive is one, a folder a few. */
const keysPerTarget = 4

/** A page of targets in the order of S3's keys, a folder where its last key is. Nothing is remembered from page to page. */
export async function listTargets(root: S3Root, page: PageRequest, signal: AbortSignal): Promise<TargetPage> {
  const { url, bucket, prefix } = root
  const walk: Walk = page.after === undefined ? { after: '', folders: [] } : readToken(page.after)
  const targets: ListedTarget[] = []
  for (let calls = 0; calls < maxCalls; calls++) {
    const { after } = walk
    const MaxKeys = calls === 0 ? Math.min(maxKeys, keysPerTarget * page.limit) : maxKeys
    const input = { Prefix: prefix, MaxKeys, ...(after === '' ? {} : { StartAfter: prefix + after }) }
    const { Contents = [], IsTruncated } = await retry(url, signal, () => bucket.list(input, signal))
    for (const { Key = '', Size = 0, LastModified } of Contents) {
      const key = Key.slice(prefix.length)
      if (!Key.startsWith(prefix) || key === '') continue
      const object = { key, bytes: Size, modifiedMs: LastModified?.getTime() ?? 0 }
      if (!walkBy(walk, object, targets, page.limit)) return { targets, next: tokenOf(walk) }
    }
    if (!IsTruncated) {
      const isDone = closeFolders(walk, 0, targets, page.limit)
      return { targets, next: isDone ? undefined : tokenOf(walk) }
    }
    if (walk.after === after)
      throw fail('STORE_UNAVAILABLE', { store: url, problem: 'its list of keys does not go on after a page' })
  }
  return { targets, next: tokenOf(walk) }
}
