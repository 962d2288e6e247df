/** What S3 says of the bytes of an object, held against the bytes that came. */
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3'
import { createCrc32c, createCrc64Nvme } from './crc.js'

interface Hash {
  update(bytes: Uint8Array): void
  digest(): Buffer
}

const algorithms = {
  ChecksumCRC32: createCrc32,
  ChecksumCRC32C: createCrc32c,
  ChecksumCRC64NVME: createCrc64Nvme,
  ChecksumSHA1: () => hashOf('sha1'),
  ChecksumSHA256: () => hashOf('sha256'),
  ChecksumSHA512: () => hashOf('sha512'),
  ChecksumMD5: () => hashOf('md5'),
} as const satisfies Partial<Record<keyof GetObjectCommandOutput, () => Hash>>

type Algorithm = keyof typeof algorithms

export interface Digest {
  update(bytes: Uint8Array): void
  /** Once all bytes have come. @returns which checksum the bytes do not have; undefined where they have all that are known */
  findMismatch(): string | undefined
}

/** @param head  of an answer with the whole object */
export function createDigest(head: GetObjectCommandOutput, bucket: string): Digest {
  const checks = checksOf(head, bucket).map(({ name, expected, create }) => ({ name, expected, hash: create() }))
  let mismatch: { readonly name: string | undefined } | undefined
  return {
    update: bytes => {
      for (const { hash } of checks) hash.update(bytes)
    },
    findMismatch: () => {
      mismatch ??= { name: checks.find(({ hash, expected }) => !hash.digest().equals(expected))?.name }
      return mismatch.name
    },
  }
}

interface Check {
  readonly name: string
  readonly expected: Buffer
  readonly create: () => Hash
}

function checksOf(head: GetObjectCommandOutput, bucket: string): Check[] {
  // The checksum of an upload in parts is one of the parts' checksums, and has their number behind it.
  const isComposite = (value: string) => head.ChecksumType === 'COMPOSITE' || value.includes('-')
  const found = (Object.keys(algorithms) as Algorithm[]).flatMap(name => {
    const value = head[name]
    if (value === undefined || isComposite(value)) return []
    return [{ name: name.slice('Checksum'.length), expected: Buffer.from(value, 'base64'), create: algorithms[name] }]
  })
  if (found.length > 0) return found
  const md5 = md5Of(head, bucket)
  return md5 ? [{ name: 'MD5 (ETag)', expected: md5, create: () => hashOf('md5') }] : []
}

/**
 * An ETag is the MD5 of what was put in one piece, unless S3 encrypts with a key of KMS or of the customer, or the bucket
 * is a directory bucket.
 *
 * @see Amazon S3 API Reference, Object
 */
function md5Of(head: GetObjectCommandOutput, bucket: string): Buffer | undefined {
  const { ETag = '', ServerSideEncryption = '', SSECustomerAlgorithm } = head
  const isOfKms = ServerSideEncryption.startsWith('aws:')
  if (isOfKms || SSECustomerAlgorithm !== undefined || bucket.endsWith('--x-s3')) return undefined
  const hex = /^"?([0-9a-f]{32})"?$/i.exec(ETag)?.[1]
  return hex === undefined ? undefined : Buffer.from(hex, 'hex')
}

function hashOf(name: string): Hash {
  const hash = createHash(name)
  return { update: bytes => void hash.update(bytes), digest: () => hash.digest() }
}

function createCrc32(): Hash {
  let value = 0
  return {
    update: bytes => {
      value = crc32(bytes, value)
    },
    digest: () => {
      const bytes = Buffer.alloc(4)
      bytes.writeUInt32BE(value)
      return bytes
    },
  }
}
