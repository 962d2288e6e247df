/** @see IEEE Std 1003.1-2017, pax, "pax Extended Header" */
import { ArchiveProblem } from './archive-problem.js'
import { decodeName } from './tar-header.js'

/** What an extended header says of the entry that follows. */
export interface PaxRecords {
  readonly path?: string | undefined
  readonly size?: number | undefined
}

const lineFeed = 10
const equals = 61

/**
 * Reads `LENGTH KEY=VALUE` lines; keys of no use here are passed over.
 *
 * @throws ArchiveProblem
 */
export function parsePaxRecords(bytes: Uint8Array): PaxRecords {
  const broken = () => new ArchiveProblem('an extended header in it is broken')
  const records: { -readonly [K in keyof PaxRecords]: PaxRecords[K] } = {}
  for (let start = 0; start < bytes.length; ) {
    const [, digits] = /^([1-9]\d{0,7}) /.exec(Buffer.from(bytes.subarray(start, start + 9)).toString('latin1')) ?? []
    if (digits === undefined) throw broken()
    const end = start + Number(digits)
    if (bytes[end - 1] !== lineFeed) throw broken()
    const record = bytes.subarray(start + digits.length + 1, end - 1)
    const equalsAt = record.indexOf(equals)
    if (equalsAt < 1) throw broken()
    const key = Buffer.from(record.subarray(0, equalsAt)).toString('latin1')
    const value = record.subarray(equalsAt + 1)
    if (key.startsWith('GNU.sparse.')) throw new ArchiveProblem('it has a sparse file in it')
    // An empty value says that the header's own holds.
    if (key === 'path') records.path = value.length > 0 ? decodeName(value) : undefined
    if (key === 'size') records.size = value.length > 0 ? parseSize(value) : undefined
    start = end
  }
  return records
}

function parseSize(value: Uint8Array): number {
  const text = Buffer.from(value).toString('latin1')
  const size = Number(text)
  if (!/^\d{1,16}$/.test(text) || !Number.isSafeInteger(size)) {
    throw new ArchiveProblem('an extended header in it has a size that is no number')
  }
  return size
}
