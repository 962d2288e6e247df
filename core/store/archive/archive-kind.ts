import { Header } from 'tar/header'

/** Bytes that tell. */
export const sniffBytes = 512

export type ArchiveKind =
  | { readonly kind: 'gzip' }
  | { readonly kind: 'tar' }
  | { readonly kind: 'other'; readonly looksLike: string }

const signatures: readonly (readonly [string, number, string])[] = [
  ['PK\x03\x04', 0, 'a zip file'],
  ['PK\x05\x06', 0, 'an empty zip file'],
  ['\x28\xb5\x2f\xfd', 0, 'a zstd file'],
  ['BZh', 0, 'a bzip2 file'],
  ['\xfd7zXZ\0', 0, 'an xz file'],
  ['\x04\x22\x4d\x18', 0, 'an lz4 file'],
  ['7z\xbc\xaf\x27\x1c', 0, 'a 7z file'],
  ['Rar!\x1a\x07', 0, 'a rar file'],
  ['\x1f\x9d', 0, 'a file of compress (.Z)'],
  ['version https://git-lfs', 0, 'a pointer of Git LFS, without the file that it points to'],
  ['{"', 8, 'a tensor file, not packed'],
]

/**
 * Tells an archive by its first bytes.
 *
 * @param bytes  its first `sniffBytes`, or all of them
 */
export function tellArchiveKind(bytes: Buffer): ArchiveKind {
  const has = (text: string, at: number) => bytes.subarray(at, at + text.length).toString('latin1') === text
  if (has('\x1f\x8b', 0)) return { kind: 'gzip' }
  if (bytes.length === sniffBytes && (isTarHeader(bytes) || has('ustar', 257))) return { kind: 'tar' }
  const found = signatures.find(([text, at]) => has(text, at))
  return { kind: 'other', looksLike: found?.[2] ?? describeText(bytes) }
}

/** An empty block is the end of an archive without entries. */
function isTarHeader(bytes: Buffer): boolean {
  try {
    const { cksumValid, nullBlock } = new Header(bytes)
    return cksumValid || nullBlock
  } catch {
    // Numbers that are none.
    return false
  }
}

function describeText(bytes: Buffer): string {
  if (bytes.length === 0) return 'an empty file'
  const text = bytes.toString('latin1').trimStart()
  if (/^<(!doctype html|html|head|body)/i.test(text)) return 'an HTML page'
  if (text.startsWith('<?xml')) return 'an XML document'
  if (bytes.every(byte => byte === 9 || byte === 10 || byte === 13 || (byte >= 32 && byte !== 127)))
    return 'a text file'
  return bytes.length < sniffBytes ? 'a file that was cut off' : 'no file that is known'
}
