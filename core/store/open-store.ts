import type { Settings } from '../setting-table.js'
import { openFolderStore } from './folder/folder-store.js'
import type { Store } from './store.js'

/** Whose store is `settings.store`: S3's, or a folder on this machine. */
export const isS3 = (store: string): boolean => store.startsWith('s3://')

/** @throws HostError CONFIG_INVALID */
export async function openStore(settings: StoreSettings): Promise<Store> {
  if (!isS3(settings.store)) return openFolderStore(settings)
  const { openS3Store } = await import('./s3/s3-store.js')
  return openS3Store(settings)
}

/** All that the store's thread is told. */
export type StoreSettings = Pick<
  Settings,
  | 'fetchTimeoutMs'
  | 'maxArchiveBytes'
  | 'maxArchiveEntries'
  | 'maxArchiveRatio'
  | 'cacheFolder'
  | 'cacheBudgetBytes'
  | 's3Region'
  | 's3Endpoint'
  | 's3PathStyle'
  | 's3ConnectTimeoutMs'
  | 's3RequestTimeoutMs'
  | 's3BodyTimeoutMs'
> & { readonly store: string }
