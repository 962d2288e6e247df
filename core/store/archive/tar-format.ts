/**
 * Headers of tar archives, written so that the same files make the same bytes: no times, owners or modes of this machine.
 *
 * @see IEEE Std 1003.1-2017, pax, "ustar Interchange Format" and "pax Extended Header"
 */

export const tarBlockBytes = 512
/** Two empty blocks, filled up to the record of 20 blocks that tar programs write. */
const recordBytes = 20 * tarBlockBytes
const maxOctalSize = 8 ** 11 - 1

/** Blocks that come before a file's bytes. */
export function formatTarHeader(path: string, size: number): Buffer {
  const split = splitName(path)
  if (split && size <= maxOctalSize) return formatBlock({ ...split, size, type: '0' })
  const records = Buffer.from(formatRecord('path', path) + (size > maxOctalSize ? formatRecord('size', `${size}`) : ''))
  return Buffer.concat([
    formatBlock({ prefix: '', name: 'PaxHeader', size: records.length, type: 'x' }),
    records,
    tarPadding(records.length),
    // For programs that do not know the records: some name, some size.
    formatBlock({ prefix: '', name: toAscii(path).slice(-100), size: size <= maxOctalSize ? size : 0, type: '0' }),
  ])
}

/** What fills the last block of a file of this size. */
export const tarPadding = (size: number): Buffer => Buffer.alloc(-size & (tarBlockBytes - 1))

/** @param bytes  of the archive so far */
export function formatTarEnd(bytes: number): Buffer {
  const least = bytes + 2 * tarBlockBytes
  return Buffer.alloc(Math.ceil(least / recordBytes) * recordBytes - bytes)
}

interface Block {
  readonly prefix: string
  readonly name: string
  readonly size: number
  readonly type: string
}

function formatBlock({ prefix, name, size, type }: Block): Buffer {
  const block = Buffer.alloc(tarBlockBytes)
  block.write(name, 0)
  block.write('0000644\0', 100)
  block.write('0000000\0', 108) // User
  block.write('0000000\0', 116) // Group
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124)
  block.write('00000000000\0', 136) // Time
  block.write('        ', 148) // The sum counts its own field as blanks.
  block.write(type, 156)
  block.write('ustar\0', 257)
  block.write('00', 263)
  block.write(prefix, 345)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}

/** As the old header can hold a path: in ASCII, up to 100 bytes behind a slash and up to 155 before it. */
function splitName(path: string): { prefix: string; name: string } | undefined {
  if (toAscii(path) !== path) return undefined
  if (path.length <= 100) return { prefix: '', name: path }
  const slash = path.indexOf('/', path.length - 101)
  return slash > 0 && slash <= 155 ? { prefix: path.slice(0, slash), name: path.slice(slash + 1) } : undefined
}

const toAscii = (path: string) => path.replaceAll(/[^\x20-\x7e]/g, '_')

/** `LENGTH KEY=VALUE` and a line feed; the length counts itself. */
function formatRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`
  const restBytes = Buffer.byteLength(rest)
  let length = restBytes + String(restBytes).length
  if (String(length).length > String(restBytes).length) length++
  return `${length}${rest}`
}
