/** A body as it came over the wire -> its bytes without compression -> its text. */
import { gunzipSync, inflateRawSync, inflateSync } from 'node:zlib'
import { describeError, fail, type HostError } from './errors.js'

const encodings: readonly string[] = ['gzip', 'deflate', 'identity']
const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * @param contentEncoding  gzip, deflate or identity; undefined stands for identity
 * @param maxBytes         bound on the result, so that a small body cannot fill the memory
 * @throws HostError MEDIA_TYPE_UNSUPPORTED, BODY_TOO_LARGE, BODY_MALFORMED
 */
export function decompress(body: Uint8Array, contentEncoding: string | undefined, maxBytes: number): Uint8Array {
  if (!contentEncoding) return body
  const encoding = contentEncoding.trim().toLowerCase()
  if (encoding === 'identity') return body
  const unpack = unpackers.get(encoding)
  if (!unpack) throw unsupportedEncoding(contentEncoding)
  try {
    return unpack(body, { maxOutputLength: maxBytes })
  } catch (error) {
    throw unpackFailure(error, encoding, maxBytes)
  }
}

export const unsupportedEncoding = (contentEncoding: string): HostError =>
  fail('MEDIA_TYPE_UNSUPPORTED', { type: `Content-Encoding: ${contentEncoding.slice(0, 100)}`, supported: encodings })

/** What zlib says of a body. */
export function unpackFailure(error: unknown, encoding: string, maxBytes: number): HostError {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ERR_BUFFER_TOO_LARGE') return fail('BODY_TOO_LARGE', { limitBytes: maxBytes }, error)
  const problem = `The body is not valid ${encoding} (${describeError(error)}).`
  return fail('BODY_MALFORMED', {
    problem,
    expected: 'it compressed as Content-Encoding says, or without that header',
  })
}

type Unpack = (body: Uint8Array, options: { maxOutputLength: number }) => Uint8Array

const unpackers: ReadonlyMap<string, Unpack> = new Map<string, Unpack>([
  ['gzip', gunzipSync],
  ['x-gzip', gunzipSync],
  ['deflate', inflateAny],
])

/** Some clients leave out the zlib header that deflate should have. */
function inflateAny(body: Uint8Array, options: { maxOutputLength: number }): Uint8Array {
  return hasZlibHeader(body) ? inflateSync(body, options) : inflateRawSync(body, options)
}

export function hasZlibHeader(body: Uint8Array): boolean {
  const [first = 0, second = 0] = body
  return (first & 0x0f) === 8 && (first * 256 + second) % 31 === 0
}

/**
 * @param charset  a label that TextDecoder knows
 * @returns the text, without a byte order mark
 * @throws HostError BODY_MALFORMED
 */
export function readText(bytes: Uint8Array, charset: string): string {
  try {
    const decoder = charset === 'utf-8' ? utf8 : new TextDecoder(charset, { fatal: true })
    return decoder.decode(bytes)
  } catch (error) {
    throw fail('BODY_MALFORMED', { problem: `The body is not valid ${charset}.`, expected: 'UTF-8 text' }, error)
  }
}
