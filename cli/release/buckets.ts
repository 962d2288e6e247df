import { S3Bucket } from '../../core/store/s3/bucket.js'
import type { S3StoreSettings } from '../../core/store/s3/s3-store.js'
import { parseS3Url } from '../../core/store/s3/url.js'

export type BucketSettings = Omit<S3StoreSettings, 'store'>

/** An object in S3, and who speaks with its bucket. */
export interface PlacedObject {
  readonly bucket: S3Bucket
  readonly key: string
  readonly url: string
}

/** The buckets of a release, each with its connections. */
export class Buckets {
  readonly #open = new Map<string, S3Bucket>()

  constructor(readonly settings: BucketSettings) {}

  /** @param url  `s3://bucket/key`, which has been looked at before */
  at(url: string): PlacedObject {
    const place = parseS3Url(url)
    if ('problem' in place) throw new Error(`${url} ${place.problem}`)
    let bucket = this.#open.get(place.bucket)
    if (!bucket) {
      bucket = new S3Bucket(place.bucket, this.settings)
      this.#open.set(place.bucket, bucket)
    }
    return { bucket, key: place.key, url }
  }

  close(): void {
    for (const bucket of this.#open.values()) bucket.close()
  }
}
