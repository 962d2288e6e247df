import { describeError, fail, isHostError } from './errors.js'
import { closeLater, openToRead, readAt } from './file-io.js'
import type { FileLayout } from './lane-messages.js'
import { createSharedMemory, maxMemoryBytes, pageBytes, type SharedMemory } from './shared-memory.js'
import {
  headerLength,
  isAligned,
  lengthFieldBytes,
  type MovedTensors,
  parseHeader,
  type TensorHeader,
} from './tensor-file.js'

/**
 * An artifact's files in one shared memory:
 *
 *   | first page: kernels' own | file | file | ... | scratch of lane 0 | scratch of lane 1 | ... |
 *
 * A tensor file is placed so that its data begins at a multiple of 16. Tensors that its writer left at odd addresses are
 * read one by one to aligned ones.
 */
export interface SourceFile {
  /** Without the artifact's prefix. */
  readonly name: string
  readonly path: string
  readonly bytes: number
  /** Must it be a tensor file? Others are looked at, and taken as bytes where they are none. */
  readonly isTensorFile: boolean
}

export interface ImagePlan {
  readonly files: readonly PlannedFile[]
  readonly scratch: { readonly offset: number; readonly bytesPerLane: number }
  /** Bytes that an image of this plan counts: files and scratch, without the kernels' page. */
  readonly bytes: number
  close(): void
}

interface PlannedFile {
  readonly descriptor: number
  readonly source: SourceFile
  readonly layout: FileLayout
  /** What planning has read already: the first bytes of the file. */
  readonly head: Uint8Array
  readonly header: TensorHeader | undefined
}

const headBytes = 4096
const chunkBytes = 8 << 20
const alignUp = (n: number, to: number) => Math.ceil(n / to) * to

/**
 * Opens an artifact's files, checks the headers of tensor files, and says what the image will need. Close it when done.
 *
 * @param scratchBytes  bytes of scratch for each lane
 * @throws HostError TENSOR_FILE_BROKEN, ARTIFACT_FILE_UNREADABLE, ARTIFACT_TOO_LARGE
 */
export async function planImage(
  folder: string,
  sources: readonly SourceFile[],
  lanes: number,
  scratchBytes: number,
): Promise<ImagePlan> {
  const files: PlannedFile[] = []
  const close = () => {
    for (const { descriptor } of files) closeLater(descriptor)
  }
  try {
    let end = pageBytes
    for (const source of sources) {
      const file = await planFile(source, end)
      files.push(file)
      end = endOf(file)
    }
    const scratch = { offset: alignUp(end, 64), bytesPerLane: alignUp(scratchBytes, 64) }
    const total = scratch.offset + scratch.bytesPerLane * lanes
    if (total > maxMemoryBytes) {
      throw fail('ARTIFACT_TOO_LARGE', { path: folder, bytes: total, limitBytes: maxMemoryBytes })
    }
    return { files, scratch, bytes: total - pageBytes, close }
  } catch (error) {
    close()
    throw error
  }
}

async function planFile(source: SourceFile, end: number): Promise<PlannedFile> {
  const { name, path, bytes } = source
  const descriptor = await readable(path, () => openToRead(path))
  try {
    const head = new Uint8Array(Math.min(headBytes, bytes))
    await readExactly(descriptor, head, 0, path)
    const header = await readHeader(descriptor, source, head)
    if (!header)
      return { descriptor, source, head, header, layout: { name, offset: alignUp(end, 16), bytes, fileBytes: bytes } }
    // The data, not the header, begins at a multiple of 16.
    const offset = alignUp(end + header.dataStart, 16) - header.dataStart
    if (isAligned(header))
      return { descriptor, source, head, header, layout: { name, offset, bytes, fileBytes: bytes } }
    const moved: Record<string, number> = Object.create(null)
    let next = offset + header.dataStart
    for (const tensor of header.tensors) {
      moved[tensor.name] = alignUp(next, 16)
      next = alignUp(next, 16) + tensor.bytes
    }
    return {
      descriptor,
      source,
      head,
      header,
      layout: { name, offset, bytes: header.dataStart, fileBytes: bytes, moved },
    }
  } catch (error) {
    closeLater(descriptor)
    throw error
  }
}

async function readHeader(descriptor: number, source: SourceFile, head: Uint8Array): Promise<TensorHeader | undefined> {
  try {
    const length = headerLength(head.subarray(0, lengthFieldBytes), source.bytes, source.path)
    let json = head.subarray(lengthFieldBytes, lengthFieldBytes + length)
    if (json.length < length) {
      json = new Uint8Array(length)
      await readExactly(descriptor, json, lengthFieldBytes, source.path)
    }
    return parseHeader(json, source.bytes, source.path)
  } catch (error) {
    if (!source.isTensorFile && isHostError(error) && error.code === 'TENSOR_FILE_BROKEN') return undefined
    throw error
  }
}

function endOf({ layout, header }: PlannedFile): number {
  const last = header?.tensors.at(-1)
  if (!layout.moved || !last) return layout.offset + layout.bytes
  return (layout.moved as MovedTensors)[last.name]! + last.bytes
}

/**
 * Reads the planned files into a memory of their own.
 *
 * @throws RangeError when the process has no addresses left for a memory
 * @throws HostError ARTIFACT_FILE_UNREADABLE
 */
export async function readImage(plan: ImagePlan): Promise<SharedMemory> {
  const memory = createSharedMemory(pageBytes + plan.bytes)
  for (const { descriptor, source, layout, head, header } of plan.files) {
    const { offset, moved } = layout
    if (moved && header) {
      await readExactly(descriptor, new Uint8Array(memory.buffer, offset, header.dataStart), 0, source.path)
      for (const { name, start, bytes } of header.tensors) {
        await readExactly(
          descriptor,
          new Uint8Array(memory.buffer, moved[name], bytes),
          header.dataStart + start,
          source.path,
        )
      }
    } else {
      const target = new Uint8Array(memory.buffer, offset, source.bytes)
      target.set(head)
      await readExactly(descriptor, target.subarray(head.length), head.length, source.path)
    }
  }
  return memory
}

async function readExactly(descriptor: number, target: Uint8Array, position: number, path: string): Promise<void> {
  let done = 0
  while (done < target.length) {
    const wanted = Math.min(chunkBytes, target.length - done)
    const bytesRead = await readable(path, () =>
      readAt(descriptor, target.subarray(done, done + wanted), position + done),
    )
    if (bytesRead === 0)
      throw fail('ARTIFACT_FILE_UNREADABLE', { file: path, problem: 'it became shorter while it was read' })
    done += bytesRead
  }
}

async function readable<T>(path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation()
  } catch (error) {
    // Out of descriptors or memory says nothing about the artifact.
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'EMFILE' || code === 'ENFILE' || code === 'ENOMEM') {
      throw fail('RESOURCES_SHORT', { problem: describeError(error) }, error)
    }
    throw fail('ARTIFACT_FILE_UNREADABLE', { file: path, problem: describeError(error) }, error)
  }
}
