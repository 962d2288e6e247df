/** A stream of bytes -> the files and folders of a tar archive. */
import { ArchiveProblem, entryProblem } from './archive-problem.js'
import type { ByteReader } from './byte-reader.js'
import { type PaxRecords, parsePaxRecords } from './pax-records.js'
import { decodeName, isEmptyBlock, parseTarHeader, type TarHeader, untilZero } from './tar-header.js'
import type { UnpackBudget } from './unpack-budget.js'

export interface TarEntry {
  /** As the archive has it. */
  readonly path: string
  readonly isFolder: boolean
  /** Of a file; what is not read of it is passed over. */
  readonly content: AsyncIterable<Uint8Array>
}

const blockBytes = 512
/** Empty blocks behind the end: programs fill up a record. */
const maxEndBytes = 1 << 20

const otherTypes: Readonly<Record<string, string>> = {
  '1': 'is a hard link',
  '2': 'is a symbolic link',
  '3': 'is a device',
  '4': 'is a device',
  '6': 'is a fifo',
  S: 'is a sparse file',
}

/**
 * Reads to the end of the stream: nothing may follow the end of the archive.
 *
 * @throws ArchiveProblem; whatever the stream throws
 */
export async function* readTarEntries(reader: ByteReader, budget: UnpackBudget): AsyncGenerator<TarEntry> {
  let records: PaxRecords = {}
  for (;;) {
    const block = await reader.read(blockBytes)
    if (block.length < blockBytes) throw cutOff()
    if (isEmptyBlock(block)) break
    const header = parseTarHeader(block)
    budget.addEntry()
    if ('xgLK'.includes(header.type)) {
      records = { ...records, ...(await readMetadata(reader, header, budget)) }
      continue
    }
    const path = records.path ?? header.name()
    const size = records.size ?? header.size
    const isFolder = checkType(header.type, path, size)
    records = {}
    budget.addBytes(size)
    let left = size
    const content = async function* () {
      while (left > 0) {
        const piece = await reader.readSome(left)
        if (piece.length === 0) throw cutOff()
        left -= piece.length
        yield piece
      }
    }
    yield { path, isFolder, content: content() }
    for await (const _ of content());
    await skipPadding(reader, size)
  }
  await readEnd(reader)
}

const cutOff = () => new ArchiveProblem('it is cut off in the middle')

/** @returns whether it is a folder */
function checkType(type: string, path: string, size: number): boolean {
  if (type !== '0' && type !== '5') {
    throw entryProblem(
      path,
      `${otherTypes[type] ?? `is of the unknown type ${JSON.stringify(type)}`}; only files and folders are unpacked`,
    )
  }
  const isFolder = type === '5' || path.endsWith('/')
  if (isFolder && size > 0) throw entryProblem(path, 'is a folder with bytes of its own')
  return isFolder
}

/** Headers that say more of the next entry. */
async function readMetadata(reader: ByteReader, { type, size }: TarHeader, budget: UnpackBudget): Promise<PaxRecords> {
  budget.addMetadata(size)
  const bytes = await reader.read(size)
  if (bytes.length < size) throw cutOff()
  await skipPadding(reader, size)
  if (type === 'L') return { path: decodeName(untilZero(bytes)) }
  // Where a link leads does not matter: it is refused.
  if (type === 'K') return {}
  const records = parsePaxRecords(bytes)
  if (type === 'x') return records
  if (Object.keys(records).length > 0) throw new ArchiveProblem('it says one path or size for all its entries')
  return {}
}

async function skipPadding(reader: ByteReader, size: number): Promise<void> {
  const padding = -size & (blockBytes - 1)
  if ((await reader.read(padding)).length < padding) throw cutOff()
}

async function readEnd(reader: ByteReader): Promise<void> {
  let bytes = 0
  for await (const piece of reader.rest()) {
    bytes += piece.length
    if (bytes > maxEndBytes || !isEmptyBlock(piece)) throw new ArchiveProblem('something follows its end')
  }
}
