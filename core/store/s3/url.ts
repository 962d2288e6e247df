/** A bucket, and what stands behind it in a URL. */
interface S3Place {
  readonly bucket: string
  /** As it is in S3: nothing is decoded. */
  readonly key: string
}

/**
 * Reads `s3://bucket/key`.
 *
 * @returns what is wrong with it, where it cannot be one
 * @see Amazon S3 User Guide, General purpose bucket naming rules
 */
export function parseS3Url(url: string): S3Place | { readonly problem: string } {
  if (!url.startsWith('s3://')) return { problem: 'does not begin with s3://' }
  if (!url.isWellFormed() || /\p{Cc}/u.test(url)) return { problem: 'has a control character, or is not valid Unicode' }
  const slash = url.indexOf('/', 's3://'.length)
  const bucket = slash < 0 ? url.slice('s3://'.length) : url.slice('s3://'.length, slash)
  const key = slash < 0 ? '' : url.slice(slash + 1)
  const problem = bucketProblem(bucket) ?? keyProblem(key)
  return problem === undefined ? { bucket, key } : { problem }
}

function bucketProblem(bucket: string): string | undefined {
  if (bucket === '') return 'names no bucket'
  const isAllowed = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)
  if (!isAllowed || bucket.includes('..') || /^\d+\.\d+\.\d+\.\d+$/.test(bucket))
    return 'names no bucket: its name has 3 to 63 small letters, digits, dots and hyphens'
  return undefined
}

/** S3 takes a key of 1024 bytes; one with such parts could be told from no other in a path. */
function keyProblem(key: string): string | undefined {
  if (Buffer.byteLength(key) > 1024) return 'has a path of more than 1024 bytes'
  const parts = (key.endsWith('/') ? key.slice(0, -1) : key).split('/')
  if (key !== '' && parts.includes('')) return 'has two slashes in a row'
  if (parts.includes('.') || parts.includes('..')) return 'has "." or ".." in its path'
  return undefined
}
