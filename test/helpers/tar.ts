/** Tar archives made byte by byte: also such as no program makes. */

export interface TarFields {
  readonly name: string
  /** One letter; a file's is `0`. */
  readonly type?: string
  readonly size?: number
  readonly linkName?: string
  readonly prefix?: string
  readonly mode?: string
  /** 8 bytes, with the version; none in the oldest format. */
  readonly magic?: string
  /** Instead of the digits of `size`. */
  readonly sizeField?: Uint8Array
}

export function tarHeader(fields: TarFields): Buffer {
  const { name, type = '0', size = 0, linkName = '', prefix = '', mode = '0000644', magic = 'ustar\x0000' } = fields
  const block = Buffer.alloc(512)
  block.write(name, 0, 100)
  block.write(mode, 100)
  block.write('0001750\x000001750\0', 108)
  block.write(size.toString(8).padStart(11, '0'), 124)
  block.set(fields.sizeField ?? [], 124)
  block.write('14000000000', 136)
  block.write(type, 156, 1, 'latin1')
  block.write(linkName, 157, 100)
  block.write(magic, 257, 'latin1')
  block.write(prefix, 345, 155)
  return withSum(block)
}

/** A header whose checksum fits it. */
export function withSum(block: Buffer): Buffer {
  block.fill(' ', 148, 156)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}

/** Filled up to whole blocks. */
export function padded(content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content)
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 511)])
}

export function tarFile(name: string, content: string | Uint8Array = '', fields: Omit<TarFields, 'name'> = {}): Buffer {
  const size = Buffer.byteLength(content)
  return Buffer.concat([tarHeader({ size, ...fields, name }), padded(content)])
}

export const tarFolder = (name: string): Buffer => tarHeader({ name, type: '5', mode: '0000755' })

/** An extended header with these records, of the next entry. */
export const paxHeader = (records: Readonly<Record<string, string>>, type = 'x'): Buffer =>
  tarFile('PaxHeader', Object.entries(records).map(paxRecord).join(''), { type })

function paxRecord([key, value]: [string, string]): string {
  const rest = ` ${key}=${value}\n`
  for (let length = Buffer.byteLength(rest); ; length++) {
    if (length === Buffer.byteLength(`${length}${rest}`)) return `${length}${rest}`
  }
}

/** A long name, as GNU tar says it. */
export const gnuLongName = (name: string): Buffer =>
  tarFile('././@LongLink', `${name}\0`, { type: 'L', magic: 'ustar  \0' })

/** The whole archive: its entries, and its end. */
export const tar = (...entries: readonly Buffer[]): Buffer => Buffer.concat([...entries, Buffer.alloc(1024)])
