import { describeError, fail, type HostError, isHostError } from '../errors.js'

export const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? ''

const absent = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'EACCES', 'EPERM', 'EROFS']

/** @returns undefined where there is nothing that this host may read, or write */
export function unlessAbsent<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (absent.includes(codeOf(error))) return undefined
    throw error
  }
}

/** No room to write, whoever sets the limit: the disk, a quota, or the process. */
export const isFull = (error: unknown): boolean => ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(codeOf(error))

/** What a disk said, as an error of the store that lies on it. */
export function storeError(error: unknown, store: string): HostError {
  if (isHostError(error)) return error
  const problem = describeError(error)
  if (['EMFILE', 'ENFILE', 'ENOMEM'].includes(codeOf(error))) return fail('RESOURCES_SHORT', { problem }, error)
  const isDenied = ['EACCES', 'EPERM'].includes(codeOf(error))
  return fail(isDenied ? 'STORE_DENIED' : 'STORE_UNAVAILABLE', { store, problem }, error)
}
