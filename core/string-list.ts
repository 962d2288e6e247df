import { fail } from './errors.js'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const maxBytes = 0xffff_ffff

/** UTF-8 as a string; bytes that are none read as U+FFFD. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    return Buffer.from(bytes).toString('utf8')
  }
}

/** Strings as tensors, read by their number: UTF-8 bytes, and the offset of each string in them. */
export class StringList {
  readonly size: number

  /**
   * @param bytes    UTF-8 of all strings, one after the other
   * @param offsets  where each string begins, and the end of the last: size + 1 entries
   * @param file     the file's name, for errors
   * @throws HostError ARTIFACT_INVALID when the offsets do not rise within the bytes
   */
  constructor(
    readonly bytes: Uint8Array,
    readonly offsets: Uint32Array,
    file = 'string list',
  ) {
    if (offsets.length === 0) throw fail('ARTIFACT_INVALID', { file, problem: 'a list of strings has no offsets' })
    for (let i = 0; i < offsets.length; i++) {
      const previous = i === 0 ? 0 : offsets[i - 1]!
      if (offsets[i]! < previous || offsets[i]! > bytes.length || (i === 0 && offsets[0] !== 0)) {
        throw fail('ARTIFACT_INVALID', { file, problem: `offset ${i} of a list of strings is out of order or range` })
      }
    }
    this.size = offsets.length - 1
  }

  /** String `i`; bytes that are no UTF-8 read as U+FFFD. */
  get(i: number): string {
    return decodeUtf8(this.bytes.slice(this.offsets[i]!, this.offsets[i + 1]!))
  }
}

/**
 * Strings as the tensors of a list. Measured first, so that each text is written once, to its place.
 *
 * @param name  of the list, for the error
 * @throws RangeError where they have more bytes than an offset can say
 */
export function encodeStrings(name: string, strings: Iterable<string>): { bytes: Uint8Array; offsets: Uint32Array } {
  const list = Array.isArray(strings) ? (strings as readonly string[]) : [...strings]
  const offsets = new Uint32Array(list.length + 1)
  let end = 0
  for (let i = 0; i < list.length; i++) {
    end += Buffer.byteLength(list[i]!)
    if (end > maxBytes) {
      throw new RangeError(`The strings of "${name}" have more than ${maxBytes} bytes. Write them as several lists.`)
    }
    offsets[i + 1] = end
  }
  const bytes = new Uint8Array(end)
  for (let i = 0; i < list.length; i++) encoder.encodeInto(list[i]!, bytes.subarray(offsets[i]!, offsets[i + 1]!))
  return { bytes, offsets }
}

/**
 * The tensors of a string list, for a tensor file: `T.bytes`, `T.offsets`. For texts that nobody looks up, such as
 * documents; a string table finds them too.
 *
 * @param name     T
 * @param strings  in order
 */
export function stringList(name: string, strings: Iterable<string>) {
  const { bytes, offsets } = encodeStrings(name, strings)
  return { [`${name}.bytes`]: bytes, [`${name}.offsets`]: offsets }
}
