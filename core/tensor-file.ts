import { open, rename, rm } from 'node:fs/promises'
import { fail } from './errors.js'
import { StringList } from './string-list.js'
import { StringTable } from './string-table.js'
import { cut, describeValue, firstFew } from './words.js'

/**
 * Tensor files: safetensors. Eight bytes of header length, a JSON header, raw little-endian tensors; data, never code.
 *
 * @see https://github.com/huggingface/safetensors (format)
 */
export const itemBytes = {
  F64: 8,
  I64: 8,
  U64: 8,
  C64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  F8_E4M3FNUZ: 1,
  F8_E5M2FNUZ: 1,
  F8_E8M0: 1,
} as const

const typedArrays = {
  F64: Float64Array,
  F32: Float32Array,
  I32: Int32Array,
  U32: Uint32Array,
  I16: Int16Array,
  U16: Uint16Array,
  I8: Int8Array,
  U8: Uint8Array,
} as const

export type Dtype = keyof typeof itemBytes
type NumberDtype = keyof typeof typedArrays
interface NumberArrays {
  F64: Float64Array
  F32: Float32Array
  I32: Int32Array
  U32: Uint32Array
  I16: Int16Array
  U16: Uint16Array
  I8: Int8Array
  U8: Uint8Array
}
type ArrayOf<D extends NumberDtype> = NumberArrays[D]

/** A typed array with its shape; a bare one is a vector. */
export interface Tensor {
  readonly data: ArrayOf<NumberDtype>
  readonly shape: readonly number[]
}

/** What a tensor file is written from. */
export interface TensorSource {
  readonly tensors: Readonly<Record<string, Tensor | ArrayOf<NumberDtype>>>
  readonly metadata?: Readonly<Record<string, string>>
}

export interface TensorInfo {
  readonly name: string
  readonly dtype: Dtype
  readonly shape: readonly number[]
  /** Where its bytes begin, counted from the end of the header. */
  readonly start: number
  readonly bytes: number
}

export interface TensorHeader {
  /** Bytes before the first tensor: the length field and the JSON. */
  readonly dataStart: number
  readonly tensors: readonly TensorInfo[]
  readonly metadata: Readonly<Record<string, string>>
}

/** The host parses a header in one go; ours have some hundred bytes. */
const maxHeaderBytes = 1 << 20
export const lengthFieldBytes = 8
const alignment = 16

/**
 * Reads the length field of a tensor file.
 *
 * @param field      its first eight bytes
 * @param fileBytes  size of the whole file
 * @returns bytes of the JSON header that follows
 * @throws HostError TENSOR_FILE_BROKEN
 */
export function headerLength(field: Uint8Array, fileBytes: number, file: string): number {
  if (field.length < lengthFieldBytes) {
    throw fail('TENSOR_FILE_BROKEN', { file, problem: `it has ${fileBytes} bytes, too few for a header` })
  }
  const length = new DataView(field.buffer, field.byteOffset, lengthFieldBytes).getBigUint64(0, true)
  if (length > BigInt(fileBytes - lengthFieldBytes)) {
    throw fail('TENSOR_FILE_BROKEN', { file, problem: `its header claims ${length} bytes, the file has ${fileBytes}` })
  }
  if (length > maxHeaderBytes) {
    throw fail('TENSOR_FILE_BROKEN', { file, problem: `its header has ${length} bytes, more than ${maxHeaderBytes}` })
  }
  return Number(length)
}

/**
 * Checks and reads the JSON header: every offset, shape and length against the file.
 *
 * @param json  the header's bytes, without the length field
 * @throws HostError TENSOR_FILE_BROKEN
 */
export function parseHeader(json: Uint8Array, fileBytes: number, file: string): TensorHeader {
  const broken = (problem: string) => fail('TENSOR_FILE_BROKEN', { file, problem })
  let entries: [string, unknown][]
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(json.slice())
    if (!text.startsWith('{')) throw new Error('not an object')
    entries = Object.entries(JSON.parse(text) as object)
  } catch {
    throw broken('its header is not a JSON object')
  }
  const dataStart = lengthFieldBytes + json.length
  const dataBytes = fileBytes - dataStart
  let metadata: Record<string, string> = {}
  const tensors: TensorInfo[] = []
  for (const [name, value] of entries) {
    if (name === '__metadata__') metadata = readMetadata(value, broken)
    else tensors.push(readTensorInfo(name, value, dataBytes, broken))
  }
  checkCoverage(tensors, dataBytes, broken)
  return { dataStart, tensors, metadata }
}

type Broken = (problem: string) => Error

function readMetadata(value: unknown, broken: Broken): Record<string, string> {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (!isMap || Object.values(value).some(text => typeof text !== 'string')) {
    throw broken('its __metadata__ is not a map of strings')
  }
  return value as Record<string, string>
}

function readTensorInfo(fullName: string, value: unknown, dataBytes: number, broken: Broken): TensorInfo {
  // A name may be as long as the header; a message should not.
  const name = cut(fullName)
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>
  if (typeof dtype !== 'string' || !Object.hasOwn(itemBytes, dtype)) {
    throw broken(`tensor "${name}" has the unknown dtype ${describeValue(dtype)}`)
  }
  const isSize = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0
  if (!Array.isArray(shape) || shape.length > 64 || !shape.every(isSize)) {
    throw broken(`tensor "${name}" has a shape that is not a list of sizes`)
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize)) {
    throw broken(`tensor "${name}" has data_offsets that are not [begin, end]`)
  }
  const [start, end] = offsets as [number, number]
  if (start > end || end > dataBytes) {
    throw broken(`tensor "${name}" lies at ${start}..${end}, outside of the ${dataBytes} bytes of data`)
  }
  const bytes = shape.includes(0) ? 0 : shape.reduce((product, n) => product * n, itemBytes[dtype as Dtype])
  if (bytes !== end - start) {
    throw broken(`tensor "${name}" (${dtype} [${shape}]) needs ${bytes} bytes, its data_offsets give ${end - start}`)
  }
  return { name: fullName, dtype: dtype as Dtype, shape, start, bytes }
}

/** As the format asks: tensors neither overlap nor leave holes. */
function checkCoverage(tensors: TensorInfo[], dataBytes: number, broken: Broken): void {
  tensors.sort((a, b) => a.start - b.start || a.bytes - b.bytes)
  let end = 0
  for (const { name, start, bytes } of tensors) {
    if (start !== end) throw broken(`tensor "${cut(name)}" begins at ${start}, the one before it ends at ${end}`)
    end = start + bytes
  }
  if (end !== dataBytes) throw broken(`its tensors end at ${end}, the file has ${dataBytes} bytes of data`)
}

/** Where tensors begin that could not stay where their file has them: tensor name -> byte offset in the buffer. */
export type MovedTensors = Readonly<Record<string, number>>

/** The tensors of one file, as views. */
export class TensorFile {
  readonly metadata: Readonly<Record<string, string>>
  readonly #infos: ReadonlyMap<string, TensorInfo>
  readonly #dataStart: number

  /**
   * @param bytes  the whole file; only its header where `moved` names all tensors
   * @param file   its name, for errors
   * @param moved  offsets in `bytes.buffer` of tensors that lie elsewhere
   * @param fileBytes  size of the file, where `bytes` is less than all of it
   * @throws HostError TENSOR_FILE_BROKEN
   */
  constructor(
    readonly bytes: Uint8Array,
    readonly file = 'tensor file',
    private readonly moved?: MovedTensors,
    fileBytes = bytes.length,
  ) {
    const length = headerLength(bytes.subarray(0, lengthFieldBytes), fileBytes, file)
    const header = parseHeader(bytes.subarray(lengthFieldBytes, lengthFieldBytes + length), fileBytes, file)
    this.metadata = header.metadata
    this.#dataStart = header.dataStart
    this.#infos = new Map(header.tensors.map(info => [info.name, info]))
  }

  /** All tensors, in the file's order. */
  list(): TensorInfo[] {
    return [...this.#infos.values()]
  }

  has(name: string): boolean {
    return this.#infos.has(name)
  }

  /** @throws HostError ARTIFACT_INVALID when there is no such tensor */
  info(name: string): TensorInfo {
    const info = this.#infos.get(name)
    if (!info) {
      const known = firstFew([...this.#infos.keys()]).join(', ') || 'none'
      throw fail('ARTIFACT_INVALID', { file: this.file, problem: `tensor "${name}" is missing (it has: ${known})` })
    }
    return info
  }

  /**
   * One tensor as a typed array, row-major: a view, and a copy only where its file has it at an odd address.
   *
   * @param shape  expected sizes; null stands for any
   * @throws HostError ARTIFACT_INVALID when it is missing or of another dtype or shape
   */
  tensor<D extends NumberDtype>(name: string, dtype: D, shape?: readonly (number | null)[]): ArrayOf<D> {
    const info = this.info(name)
    if (info.dtype !== dtype) {
      throw fail('ARTIFACT_INVALID', { file: this.file, problem: `tensor "${name}" is ${info.dtype}, not ${dtype}` })
    }
    const fits =
      !shape || (shape.length === info.shape.length && shape.every((n, i) => n === null || n === info.shape[i]))
    if (!fits) {
      const wanted = shape.map(n => n ?? 'any').join(', ')
      const problem = `tensor "${name}" has the shape [${info.shape.join(', ')}], not [${wanted}]`
      throw fail('ARTIFACT_INVALID', { file: this.file, problem })
    }
    const raw = this.raw(name)
    const size = itemBytes[dtype]
    const aligned = raw.byteOffset % size === 0 ? raw : raw.slice()
    return new typedArrays[dtype](aligned.buffer as ArrayBuffer, aligned.byteOffset, info.bytes / size) as ArrayOf<D>
  }

  /** The bytes of a tensor of any dtype. */
  raw(name: string): Uint8Array {
    const info = this.info(name)
    const moved = this.moved && Object.hasOwn(this.moved, name) ? this.moved[name] : undefined
    const start = moved ?? this.bytes.byteOffset + this.#dataStart + info.start
    return new Uint8Array(this.bytes.buffer, start, info.bytes)
  }

  /**
   * The string table `T`: `T.bytes` U8, `T.offsets` U32, and `T.index` U32 where the file has it.
   *
   * @throws HostError ARTIFACT_INVALID
   */
  strings(name: string): StringTable {
    const bytes = this.tensor(`${name}.bytes`, 'U8', [null])
    const offsets = this.tensor(`${name}.offsets`, 'U32', [null])
    const info = this.#infos.get(`${name}.index`)
    const index = info?.dtype === 'U32' && info.shape.length === 1 ? this.tensor(`${name}.index`, 'U32') : undefined
    return new StringTable(bytes, offsets, index, this.file)
  }

  /**
   * The string list `T`: `T.bytes` U8 and `T.offsets` U32. A string table is one too; its index is not looked at.
   *
   * @throws HostError ARTIFACT_INVALID
   */
  stringList(name: string): StringList {
    const bytes = this.tensor(`${name}.bytes`, 'U8', [null])
    const offsets = this.tensor(`${name}.offsets`, 'U32', [null])
    return new StringList(bytes, offsets, this.file)
  }
}

/** Is every tensor at an address that its dtype can be read at, when the data begins at a multiple of 16? */
export function isAligned(header: TensorHeader): boolean {
  return header.tensors.every(({ dtype, start }) => start % itemBytes[dtype] === 0)
}

const dtypeOf = (data: ArrayOf<NumberDtype>): NumberDtype => {
  for (const [dtype, array] of Object.entries(typedArrays)) {
    if (data instanceof array) return dtype as NumberDtype
  }
  throw new TypeError('A tensor is a Float64Array, Float32Array, or an integer array of 8, 16 or 32 bits.')
}

/** The parts of a tensor file, in order: header, then tensors, larger items first so that all are aligned. */
function partsOf({ tensors, metadata }: TensorSource): Uint8Array[] {
  const entries = Object.entries(tensors).map(([name, tensor]) => {
    const data = 'shape' in tensor ? tensor.data : tensor
    const shape = 'shape' in tensor ? tensor.shape : [tensor.length]
    if (!shape.every(Number.isSafeInteger) || shape.reduce((product, n) => product * n, 1) !== data.length) {
      throw new RangeError(`Tensor "${name}" has ${data.length} numbers, its shape [${shape}] asks for others.`)
    }
    return { name, dtype: dtypeOf(data), shape, data }
  })
  entries.sort((a, b) => itemBytes[b.dtype] - itemBytes[a.dtype])
  // Without a prototype, any name is a key.
  const header: Record<string, unknown> = Object.create(null)
  if (metadata) header.__metadata__ = metadata
  let start = 0
  for (const { name, dtype, shape, data } of entries) {
    header[name] = { dtype, shape, data_offsets: [start, start + data.byteLength] }
    start += data.byteLength
  }
  const json = new TextEncoder().encode(JSON.stringify(header))
  const length = Math.ceil((lengthFieldBytes + json.length) / alignment) * alignment - lengthFieldBytes
  const head = new Uint8Array(lengthFieldBytes + length).fill(0x20)
  new DataView(head.buffer).setBigUint64(0, BigInt(length), true)
  head.set(json, lengthFieldBytes)
  return [head, ...entries.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))]
}

/** A tensor file in memory. */
export function encodeTensorFile(source: TensorSource): Uint8Array {
  const parts = partsOf(source)
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** Writes a tensor file; whoever reads `path` meanwhile sees the old file or the new one, never a part. */
export async function writeTensorFile(path: string, source: TensorSource): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`
  const parts = partsOf(source)
  const file = await open(temporary, 'w')
  try {
    for (const part of parts) await file.writeFile(part)
    await file.close()
    await rename(temporary, path)
  } catch (error) {
    await file.close()
    await rm(temporary, { force: true })
    throw error
  }
}
