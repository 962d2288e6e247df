/**
 * Finds the targets of a store in its keys, which come in order:
 *
 *     claims.tar.gz             an archive
 *     news/a-model              ┐
 *     news/a-params.json        ├ a folder with an artifact: told once its last key has gone by
 *     news/old/b.tar.gz         │ (an archive)
 *     news/z.txt                ┘
 *     risks/...
 *
 * A walk can be put down after any target, and taken up from its token by another host.
 */
import { fail } from '../../errors.js'
import type { ListedTarget } from '../store.js'
import { isTarget } from '../target.js'

export interface WalkedObject {
  /** Below the store. */
  readonly key: string
  readonly bytes: number
  readonly modifiedMs: number
}

/** What has gone by of a folder. */
interface OpenFolder {
  bytes: number
  modifiedMs: number
  hasParams: boolean
}

export interface Walk {
  /** The last key that went by. */
  after: string
  /** Of its folders the first ones: those whose end has not gone by. */
  readonly folders: OpenFolder[]
}

const archive = /\.(tar\.gz|tgz|tar)$/
const params = '-params.json'
/** Nobody keeps models deeper; what is there does not make a token long. */
const maxDepth = 32

/** @returns whether the object went by; it did not where the targets were enough before */
export function walkBy(walk: Walk, object: WalkedObject, targets: ListedTarget[], limit: number): boolean {
  const { key, bytes, modifiedMs } = object
  const parts = key.split('/')
  const name = parts.pop()!
  if (!closeFolders(walk, sharedDepth(walk, parts), targets, limit)) return false
  if (archive.test(name) && isTarget(key)) {
    if (targets.length === limit) return false
    targets.push({ target: key, kind: 'archive', fileBytes: bytes, modifiedAt: new Date(modifiedMs).toISOString() })
  }
  const depth = Math.min(parts.length, maxDepth)
  while (walk.folders.length < depth) walk.folders.push({ bytes: 0, modifiedMs: 0, hasParams: false })
  const folder = parts.length === depth ? walk.folders.at(-1) : undefined
  if (folder && isTarget(name)) {
    folder.bytes += bytes
    folder.modifiedMs = Math.max(folder.modifiedMs, modifiedMs)
    folder.hasParams ||= name.endsWith(params) && name.length > params.length
  }
  walk.after = key
  return true
}

/**
 * Ends folders until `depth` of them are open.
 *
 * @returns whether that was possible before the targets were enough
 */
export function closeFolders(walk: Walk, depth: number, targets: ListedTarget[], limit: number): boolean {
  while (walk.folders.length > depth) {
    const { bytes, modifiedMs, hasParams } = walk.folders.at(-1)!
    const target = walk.after.split('/', walk.folders.length).join('/')
    if (hasParams && isTarget(target)) {
      if (targets.length === limit) return false
      targets.push({ target, kind: 'folder', fileBytes: bytes, modifiedAt: new Date(modifiedMs).toISOString() })
    }
    walk.folders.pop()
  }
  return true
}

/** How many open folders a key with these folders lies in. */
function sharedDepth({ after, folders }: Walk, parts: readonly string[]): number {
  const open = after.split('/', folders.length)
  const different = open.findIndex((name, i) => name !== parts[i])
  return different < 0 ? folders.length : different
}

export function tokenOf({ after, folders }: Walk): string {
  const rows = folders.map(({ bytes, modifiedMs, hasParams }) => [bytes, modifiedMs, hasParams ? 1 : 0])
  return Buffer.from(JSON.stringify([after, ...rows])).toString('base64url')
}

/** @throws HostError QUERY_INVALID */
export function readToken(token: string): Walk {
  const walk = token.length > 8192 ? undefined : parseToken(Buffer.from(token, 'base64url').toString())
  if (walk) return walk
  const problem = 'is not a token of this list. Send nextPageToken as it was received.'
  throw fail('QUERY_INVALID', { parameter: 'next_page_token', problem })
}

function parseToken(text: string): Walk | undefined {
  try {
    const [after, ...rows] = JSON.parse(text) as [unknown, ...unknown[]]
    if (typeof after !== 'string' || after === '' || !after.isWellFormed() || !rows.every(isRow)) return undefined
    if (rows.length > Math.min(maxDepth, after.split('/').length - 1)) return undefined
    const folders = rows.map(([bytes, modifiedMs, has]) => ({ bytes, modifiedMs, hasParams: has === 1 }))
    return { after, folders }
  } catch {
    return undefined
  }
}

const latestMs = 8.64e15

function isRow(row: unknown): row is [number, number, number] {
  if (!Array.isArray(row) || row.length !== 3) return false
  return row.every(value => Number.isSafeInteger(value) && value >= 0) && row[1] <= latestMs
}
