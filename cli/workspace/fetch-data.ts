import { createHash, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { S3Bucket } from '../../core/store/s3/bucket.js'
import type { S3Settings } from '../../core/store/s3/client.js'
import { fetchFolder } from '../../core/store/s3/fetch.js'
import { type FolderFile, type FoundFolder, findObject, type S3Root } from '../../core/store/s3/find.js'
import { retry } from '../../core/store/s3/retry.js'
import { parseS3Url } from '../../core/store/s3/url.js'
import { isTarget } from '../../core/store/target.js'
import { CommandError } from '../command.js'

/** Data with more files belong into fewer of them; each is a request. */
const maxFiles = 100_000

/**
 * Brings the data of a channel to this machine, or finds them there: a new version of an object is fetched anew.
 *
 * @param uri    of an object, or of all below a prefix, which ends with a slash
 * @param cache  folder of this channel alone; the version before is removed from it
 * @returns path of the file, or of a folder with all
 * @throws CommandError where there is nothing; HostError STORE_UNAVAILABLE, STORE_DENIED; the reason of `signal`
 */
export async function fetchData(
  uri: string,
  cache: string,
  settings: S3Settings,
  signal: AbortSignal,
): Promise<string> {
  const place = parseS3Url(uri)
  if ('problem' in place) throw new CommandError(`${uri} ${place.problem}.`)
  const bucket = new S3Bucket(place.bucket, settings)
  const root: S3Root = {
    url: `s3://${place.bucket}`,
    bucket,
    prefix: '',
    maxBytes: Number.MAX_SAFE_INTEGER,
    maxEntries: maxFiles,
  }
  try {
    const isPrefix = place.key === '' || place.key.endsWith('/')
    const found = isPrefix ? await findAll(root, place.key, signal) : await findOne(root, place.key, signal)
    if (!found)
      throw new CommandError(`There is nothing at ${uri}. Check Uri and file_name in inputData.json, and --stage.`)
    const folder = join(cache, found.version)
    if (!existsSync(folder)) await bring(found, folder, { root, target: place.key, signal })
    return isPrefix ? folder : join(folder, found.files[0]!.name)
  } finally {
    bucket.close()
  }
}

async function findOne(root: S3Root, key: string, signal: AbortSignal): Promise<FoundFolder | undefined> {
  const object = await findObject(root, key, signal)
  return object && asFolder([{ ...object, name: basename(key) }])
}

/** All objects below a prefix, however deep, as SageMaker brings them; but no hidden ones. */
async function findAll({ bucket, url }: S3Root, prefix: string, signal: AbortSignal): Promise<FoundFolder | undefined> {
  const files: FolderFile[] = []
  let token: string | undefined
  do {
    const input = { Prefix: prefix, ...(token === undefined ? {} : { ContinuationToken: token }) }
    const page = await retry(url, signal, () => bucket.list(input, signal))
    for (const { Key: key = '', ETag: etag, Size: bytes = 0 } of page.Contents ?? []) {
      const name = key.slice(prefix.length)
      if (key.startsWith(prefix) && isTarget(name)) files.push({ key, etag, bytes, name, version: etag ?? '' })
    }
    if (files.length > maxFiles) throw new CommandError(`There are more than ${maxFiles} files below ${url}/${prefix}.`)
    token = page.IsTruncated ? page.NextContinuationToken : undefined
  } while (token !== undefined)
  return files.length === 0 ? undefined : asFolder(files)
}

function asFolder(files: readonly FolderFile[]): FoundFolder {
  const names = files.map(({ key, version, bytes }) => [key, version, bytes])
  const version = createHash('sha256').update(JSON.stringify(names)).digest('hex').slice(0, 16)
  return { files, version, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) }
}

type FetchPlace = Omit<Parameters<typeof fetchFolder>[1], 'folder'>

/** The folder is there when all is in it. */
async function bring(found: FoundFolder, folder: string, place: FetchPlace): Promise<void> {
  const cache = dirname(folder)
  const part = join(cache, `.${randomUUID()}`)
  try {
    for (const { name } of found.files) await mkdir(join(part, dirname(name)), { recursive: true })
    await fetchFolder(found, { ...place, folder: part })
    for (const old of await readdir(cache)) {
      if (!old.startsWith('.')) await rm(join(cache, old), { recursive: true, force: true })
    }
    await rename(part, folder)
  } finally {
    await rm(part, { recursive: true, force: true })
  }
}
