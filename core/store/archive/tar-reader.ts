/** A stream of bytes -> the files and folders of a tar archive: what is let through, and what it may cost. */
import type { ReadEntry } from 'tar'
import { ArchiveProblem, entryProblem } from './archive-problem.js'
import { cutOff, TarParser } from './tar-parser.js'
import { maxMetadataBytes, type UnpackBudget } from './unpack-budget.js'

export interface TarEntry {
  /** As the archive has it. */
  readonly path: string
  readonly isFolder: boolean
  /** Of a file; what is not read of it is passed over. */
  readonly content: AsyncIterable<Uint8Array>
}

const otherTypes: Readonly<Record<string, string>> = {
  Link: 'is a hard link',
  SymbolicLink: 'is a symbolic link',
  CharacterDevice: 'is a device',
  BlockDevice: 'is a device',
  FIFO: 'is a fifo',
  SparseFile: 'is a sparse file',
  Unsupported: 'is of an unknown type',
}

/**
 * Reads to the end of the stream; what follows the end of the archive is passed over, as tar programs do.
 *
 * @throws ArchiveProblem; whatever the stream throws
 */
export async function* readTarEntries(
  source: AsyncIterable<Uint8Array>,
  budget: UnpackBudget,
): AsyncGenerator<TarEntry> {
  const parser = new TarParser(source)
  let said: readonly string[] = []
  let isEnding = false
  for (;;) {
    const part = await parser.next()
    if (part === undefined && !isEnding) throw cutOff()
    if (part === undefined || part === 'end') break
    if (isEnding) throw new ArchiveProblem('an empty block is in the middle of it')
    if (part === 'emptyBlock') {
      isEnding = true
      continue
    }
    budget.addEntry()
    if ('text' in part) {
      said = [...said, ...checkMetadata(part.text, budget)]
      continue
    }
    checkEntry(part, said)
    said = []
    budget.addBytes(part.size)
    yield { path: part.path, isFolder: part.type === 'Directory', content: parser.contentOf(part) }
    for await (const _ of parser.contentOf(part));
  }
  await parser.end()
}

/** @returns of what matters here, what it says something of */
function checkMetadata(text: string | undefined, budget: UnpackBudget): string[] {
  if (text === undefined) throw new ArchiveProblem(`it has an extended header of more than ${maxMetadataBytes} bytes`)
  budget.addMetadata(text.length)
  // The parser knows nothing of it: the file would have its map for content.
  if (/(?:^|\n)\d+ GNU\.sparse\./.test(text)) throw new ArchiveProblem('it has a sparse file in it')
  return ['path', 'size'].filter(key => new RegExp(`(?:^|\n)\\d+ ${key}=`).test(text))
}

/** @param said  what the extended headers before it say something of */
function checkEntry({ path, type, size, header, extended, globalExtended }: ReadEntry, said: readonly string[]): void {
  if (type !== 'File' && type !== 'Directory') {
    throw entryProblem(path, `${otherTypes[type] ?? `is a ${type}`}; only files and folders are unpacked`)
  }
  if (globalExtended?.path !== undefined || globalExtended?.size !== undefined) {
    throw new ArchiveProblem('it says one path or size for all its entries')
  }
  // The parser passes over records that do not fit, as if they were not there.
  const says: Readonly<Record<string, unknown>> = { path: extended?.path, size: extended?.size }
  if (said.some(key => says[key] === undefined)) throw new ArchiveProblem('an extended header in it is broken')
  if (header.size === undefined || !Number.isSafeInteger(size)) {
    throw new ArchiveProblem('a header in it has a size that is no number')
  }
}
