import { closeSync } from 'node:fs'
import { unlessShort } from './artifact-folder.js'
import { describeError, fail, isHostError } from './errors.js'
import { openToRead, readFully } from './file-io.js'
import type { FileLayout, ScratchLayout } from './lane-messages.js'
import { maxMemoryBytes, pageBytes } from './shared-memory.js'
import { headerLength, isAligned, lengthFieldBytes, type MovedTensors, parseHeader } from './tensor-file.js'

/**
 * An artifact's files in one shared memory:
 *
 *   | first page: kernels' own | file | file | ... | scratch of lane 0 | scratch of lane 1 | ... |
 *
 * A tensor file is placed so that its data begins at a multiple of 16. Tensors that its writer left at odd addresses
 * are read one by one to aligned ones. Looking and filling are synchronous: they run in the loader's thread.
 */

/** What the first bytes of a file say about placing it. */
export interface FileLook {
  /** Bytes before its tensors; undefined where it is no tensor file. */
  readonly dataStart: number | undefined
  /** Its tensors, where they cannot stay where the file has them. */
  readonly misaligned: readonly { readonly name: string; readonly start: number; readonly bytes: number }[] | undefined
}

/** A file that was looked at. */
export interface LookedFile {
  /** Without the artifact's prefix. */
  readonly name: string
  readonly path: string
  readonly bytes: number
  /** No link may lead out of this folder. */
  readonly root?: string
  readonly look: FileLook
}

/** Where a file's bytes go: `count` bytes from `from` in the file to `to` in the memory. */
interface Piece {
  readonly from: number
  readonly to: number
  readonly count: number
}

export interface PlannedFile {
  readonly path: string
  readonly root?: string
  readonly layout: FileLayout
  readonly pieces: readonly Piece[]
}

export interface ImagePlan {
  readonly files: readonly PlannedFile[]
  readonly scratch: ScratchLayout
  /** Bytes that an image of this plan counts: files and scratch, without the kernels' page. */
  readonly bytes: number
}

const headBytes = 4096
const alignUp = (n: number, to: number) => Math.ceil(n / to) * to

/**
 * Checks the header of a tensor file; any other file is taken as bytes.
 *
 * @param isTensorFile  must it be one?
 * @throws HostError TENSOR_FILE_BROKEN, ARTIFACT_FILE_UNREADABLE
 */
export function lookAtFile(file: Omit<LookedFile, 'look'>, isTensorFile: boolean): FileLook {
  const { path, bytes } = file
  return reading(file, descriptor => {
    const head = new Uint8Array(Math.min(headBytes, bytes))
    readExactly(descriptor, head, 0, path)
    try {
      const length = headerLength(head.subarray(0, lengthFieldBytes), bytes, path)
      let json = head.subarray(lengthFieldBytes, lengthFieldBytes + length)
      if (json.length < length) {
        json = new Uint8Array(length)
        readExactly(descriptor, json, lengthFieldBytes, path)
      }
      const header = parseHeader(json, bytes, path)
      return { dataStart: header.dataStart, misaligned: isAligned(header) ? undefined : header.tensors }
    } catch (error) {
      if (isTensorFile || !isHostError(error) || error.code !== 'TENSOR_FILE_BROKEN') throw error
      return { dataStart: undefined, misaligned: undefined }
    }
  })
}

/**
 * Says where everything goes, and what the image will need.
 *
 * @param scratchBytes  bytes of scratch for each lane
 * @throws HostError ARTIFACT_TOO_LARGE
 */
export function planImage(
  folder: string,
  sources: readonly LookedFile[],
  lanes: number,
  scratchBytes: number,
): ImagePlan {
  const files: PlannedFile[] = []
  let end = pageBytes
  for (const source of sources) {
    const file = placeFile(source, end)
    files.push(file)
    const last = file.pieces.at(-1)
    end = last ? last.to + last.count : end
  }
  const scratch = { offset: alignUp(end, 64), bytesPerLane: alignUp(scratchBytes, 64) }
  const total = scratch.offset + scratch.bytesPerLane * lanes
  if (total > maxMemoryBytes) {
    throw fail('ARTIFACT_TOO_LARGE', { path: folder, bytes: total, limitBytes: maxMemoryBytes })
  }
  return { files, scratch, bytes: total - pageBytes }
}

function placeFile({ name, path, root, bytes, look }: LookedFile, end: number): PlannedFile {
  const { dataStart = 0, misaligned } = look
  // The data, not the header, begins at a multiple of 16.
  const offset = alignUp(end + dataStart, 16) - dataStart
  const whole = { name, offset, bytes, fileBytes: bytes }
  const file = root === undefined ? { path } : { path, root }
  if (!misaligned) return { ...file, layout: whole, pieces: [{ from: 0, to: offset, count: bytes }] }
  const moved: Record<string, number> = Object.create(null)
  const pieces: Piece[] = [{ from: 0, to: offset, count: dataStart }]
  let next = offset + dataStart
  for (const tensor of misaligned) {
    const to = alignUp(next, 16)
    moved[tensor.name] = to
    pieces.push({ from: dataStart + tensor.start, to, count: tensor.bytes })
    next = to + tensor.bytes
  }
  return { ...file, layout: { ...whole, bytes: dataStart, moved: moved as MovedTensors }, pieces }
}

/**
 * Reads the planned files to their places.
 *
 * @throws HostError ARTIFACT_FILE_UNREADABLE
 */
export function fillImage(buffer: SharedArrayBuffer, files: readonly PlannedFile[]): void {
  for (const file of files) {
    reading(file, descriptor => {
      for (const { from, to, count } of file.pieces) {
        readExactly(descriptor, new Uint8Array(buffer, to, count), from, file.path)
      }
    })
  }
}

function readExactly(descriptor: number, target: Uint8Array, position: number, path: string): void {
  if (readFully(descriptor, target, position) < target.length) {
    throw fail('ARTIFACT_FILE_UNREADABLE', { file: path, problem: 'it became shorter while it was read' })
  }
}

type Readable = Pick<PlannedFile, 'path' | 'root'>

function reading<T>({ path, root }: Readable, work: (descriptor: number) => T): T {
  let descriptor: number | undefined
  try {
    descriptor = openToRead(path, root)
    return work(descriptor)
  } catch (error) {
    if (isHostError(error)) throw error
    throw unlessShort(error, 'ARTIFACT_FILE_UNREADABLE', { file: path, problem: describeError(error) })
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}
