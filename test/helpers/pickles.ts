/** Pickles made by hand: the commands as bytes, for what Python would not write. */
import { memorySource } from '../../cli/import/byte-source.js'
import { readPickle } from '../../cli/import/pickle/read-pickle.js'
import type { Value } from '../../cli/import/pickle/values.js'

/** @param parts  texts are bytes, a character each */
export const joined = (...parts: (string | Uint8Array)[]): Uint8Array =>
  Uint8Array.from(Buffer.concat(parts.map(part => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part))))

/** A pickle of protocol 4: its mark, the commands, the end. */
export const pickle = (...parts: (string | Uint8Array)[]): Uint8Array => joined('\x80\x04', ...parts, '.')

/** A number of so many bytes, the lowest first. */
export function little(value: number | bigint, bytes: number): Uint8Array {
  const rest = BigInt.asUintN(8 * bytes, BigInt(value))
  return Uint8Array.from({ length: bytes }, (_, i) => Number((rest >> BigInt(8 * i)) & 255n))
}

/** A text of less than 256 bytes. */
export function text(value: string): Uint8Array {
  const utf8 = new TextEncoder().encode(value)
  return joined('\x8c', little(utf8.length, 1), utf8)
}

/** The name of a class or function, as protocols up to 3 write it. */
export const named = (module: string, name: string) => joined('c', module, '\n', name, '\n')

/** The same from two texts on the stack. */
export const stacked = (module: string, name: string) => joined(text(module), text(name), '\x93')

/** Bytes of less than 256. */
export const raw = (bytes: Uint8Array) => joined('C', little(bytes.length, 1), bytes)

export const maxObjectBytes = 1 << 26

/** Reads a pickle from memory. */
export const unpickle = (bytes: Uint8Array, limit = maxObjectBytes): Value =>
  readPickle(memorySource(bytes), { maxObjectBytes: limit }).value

/** The message of what a pickle is refused with; undefined where it is read. */
export function refusalOf(bytes: Uint8Array, limit?: number): string | undefined {
  try {
    unpickle(bytes, limit)
    return undefined
  } catch (error) {
    if ((error as Error).name !== 'ImportError') throw error
    return (error as Error).message
  }
}
