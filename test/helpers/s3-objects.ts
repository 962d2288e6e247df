import { createHash } from 'node:crypto'

/** The objects of one bucket, in the order in which S3 lists them. */

export interface StoredObject {
  readonly key: string
  readonly body: Buffer
  readonly contentType: string
  readonly contentLength: number
  readonly etag: string
  readonly lastModified: Date
  readonly metadata: Readonly<Record<string, string>>
  /** Further headers of answers with this object. */
  readonly headers: Readonly<Record<string, string>>
}

interface ListOptions {
  readonly prefix?: string
  readonly delimiter?: string
  readonly maxKeys?: number
  readonly startAfter?: string
}

export class S3Objects {
  readonly #objects = new Map<string, StoredObject>()
  /** Undefined after a change. */
  #sorted: string[] | undefined

  get(key: string): StoredObject | undefined {
    return this.#objects.get(key)
  }

  put(key: string, body: Buffer, given: Partial<StoredObject> = {}): StoredObject {
    const object = {
      key,
      body,
      contentType: 'application/octet-stream',
      contentLength: body.length,
      etag: given.etag ?? `"${createHash('md5').update(body).digest('hex')}"`,
      lastModified: new Date(),
      metadata: {},
      headers: {},
      ...given,
    }
    if (!this.#objects.has(key)) this.#sorted = undefined
    this.#objects.set(key, object)
    return object
  }

  remove(key: string): void {
    if (this.#objects.delete(key)) this.#sorted = undefined
  }

  /** As ListObjectsV2 does it: by the bytes of keys, each page as cheap as the one before. */
  list({ prefix = '', delimiter, maxKeys = 1000, startAfter = '' }: ListOptions) {
    this.#sorted ??= sortByBytes([...this.#objects.keys()])
    const keys = this.#sorted
    const objects: StoredObject[] = []
    const commonPrefixes: string[] = []
    let i = firstFrom(keys, prefix)
    if (startAfter !== '') i = Math.max(i, firstFrom(keys, startAfter))
    let last = ''
    for (; i < keys.length; i++) {
      const key = keys[i]!
      if (!key.startsWith(prefix)) break
      if (key === startAfter) continue
      const end = delimiter ? key.indexOf(delimiter, prefix.length) : -1
      const common = end < 0 ? undefined : key.slice(0, end + 1)
      if (common !== undefined && (common === last || common === startAfter)) continue
      if (objects.length + commonPrefixes.length === maxKeys) return { objects, commonPrefixes, isTruncated: true }
      if (common === undefined) objects.push(this.#objects.get(key)!)
      else commonPrefixes.push(common)
      last = common ?? ''
    }
    return { objects, commonPrefixes, isTruncated: false }
  }
}

/** JavaScript has another order only behind U+D7FF; to sort by it is much faster. */
function sortByBytes(keys: string[]): string[] {
  return keys.some(key => /[\ud800-\uffff]/.test(key)) ? keys.sort(compareBytes) : keys.sort()
}

const compareBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

/** Where the first key stands that is not before this one. */
function firstFrom(keys: readonly string[], key: string): number {
  let [low, high] = [0, keys.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (compareBytes(keys[middle]!, key) < 0) low = middle + 1
    else high = middle
  }
  return low
}
