import { fail } from '../../errors.js'
import type { Settings } from '../../setting-table.js'
import type { FoundTarget, Store } from '../store.js'
import { S3Bucket } from './bucket.js'
import { checkS3Settings, type S3Settings } from './client.js'
import { fetchArchive, fetchFolder } from './fetch.js'
import { findFolder, findObject, type S3Root } from './find.js'
import { listTargets } from './list.js'
import { parseS3Url } from './url.js'

export type S3StoreSettings = S3Settings &
  Pick<Settings, 'store' | 'maxArchiveBytes' | 'maxArchiveEntries' | 'maxArchiveRatio'>

/**
 * Opens a store below `s3://bucket/prefix`. Nothing is asked of S3 yet, and the AWS SDK is loaded with the first question.
 *
 * @throws HostError CONFIG_INVALID
 */
export async function openS3Store(settings: S3StoreSettings): Promise<Store> {
  const { store = '', maxArchiveBytes: maxBytes, maxArchiveEntries: maxEntries, maxArchiveRatio: maxRatio } = settings
  const place = parseS3Url(store)
  if ('problem' in place) throw fail('CONFIG_INVALID', { setting: 'store', problem: `"${store}" ${place.problem}.` })
  checkS3Settings(settings)
  const folder = place.key.endsWith('/') ? place.key.slice(0, -1) : place.key
  const url = `s3://${place.bucket}${folder === '' ? '' : `/${folder}`}`
  const bucket = new S3Bucket(place.bucket, settings)
  const root: S3Root = { url, bucket, prefix: folder === '' ? '' : `${folder}/`, maxBytes, maxEntries }
  return {
    url,
    find: (target, signal) => find(root, target, maxRatio, signal),
    list: (page, signal) => listTargets(root, page, signal),
    close: () => bucket.close(),
  }
}

async function find(root: S3Root, target: string, maxRatio: number, signal: AbortSignal): Promise<FoundTarget> {
  const { url, maxBytes, maxEntries } = root
  const object = await findObject(root, target, signal)
  if (object) {
    const limits = { maxBytes, maxEntries, maxRatio }
    return {
      target,
      kind: 'archive',
      version: object.version,
      fileBytes: object.bytes,
      fetch: (folder, signal) => fetchArchive(object, limits, { root, target, folder, signal }),
    }
  }
  const found = await findFolder(root, target, signal)
  if (!found) throw fail('TARGET_NOT_FOUND', { target, store: url })
  return {
    target,
    kind: 'folder',
    version: found.version,
    fileBytes: found.bytes,
    fetch: (folder, signal) => fetchFolder(found, { root, target, folder, signal }),
  }
}
