import { ImportError } from '../import-error.js'
import { type Bytes, checkLength } from './bytes.js'
import { isCount } from './counts.js'
import { readNumber } from './number-bytes.js'

/** An array's type of number: `f4`, `i8`, `O` for objects; others have a kind that nobody reads. */
export class NumpyType {
  /** `>` is the highest byte first. */
  order: string

  /** @param code  as numpy writes it, such as `f4` or `<f4` */
  constructor(code: string) {
    const [, order = '=', kind = '', size = ''] = /^([<>|=]?)([a-zA-Z])(\d{0,9})$/.exec(code) ?? []
    this.order = order || '='
    this.kind = kind
    this.itemBytes = kind === 'O' ? 8 : Number(size || 0)
  }

  readonly kind: string
  readonly itemBytes: number

  get code(): string {
    return `${this.kind}${this.kind === 'O' ? '' : this.itemBytes}`
  }

  get isObject(): boolean {
    return this.kind === 'O'
  }

  get isNumber(): boolean {
    return ['f2', 'f4', 'f8', 'i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8', 'b1'].includes(this.code)
  }

  describe(): string {
    return `the array type "${this.code}"`
  }
}

interface Content {
  readonly type: NumpyType
  readonly shape: readonly number[]
  /** Columns first? */
  readonly isFortran: boolean
  readonly data: Bytes
}

type NumberArray = Float64Array | Float32Array

/** An array: its type and shape, and numbers that stay in the file until somebody wants them. */
export class NumpyArray {
  #content: Content | undefined
  /** Of an array of objects: the objects. */
  objects: readonly unknown[] | undefined
  #shape: readonly number[] = [0]

  get shape(): readonly number[] {
    return this.#shape
  }

  get type(): NumpyType | undefined {
    return this.#content?.type
  }

  /** @throws ImportError where the shape asks for other bytes than there are */
  fill(content: Content): void {
    const { type, shape, data } = content
    const count = countOf(shape)
    // Of a type that nobody reads, nobody cares for the length either.
    if (type.isNumber && data.length !== undefined) checkLength(data.length, count * type.itemBytes)
    this.#content = content
    this.#shape = shape
  }

  /** @throws ImportError where the shape asks for more or fewer */
  fillObjects(objects: readonly unknown[], shape: readonly number[]): void {
    if (countOf(shape) !== objects.length)
      throw new ImportError(`an array in its pickle has ${objects.length} objects, its shape is (${shape.join(', ')}).`)
    this.objects = objects
    this.#shape = shape
  }

  describe(): string {
    if (this.objects) return `an array of ${this.objects.length} objects`
    return `an array of ${this.#content?.type.code ?? 'nothing'} (${this.#shape.join(', ')})`
  }

  float32(): Float32Array<ArrayBuffer> {
    const numbers = new Float32Array(this.#count())
    this.#readInto(numbers, 'f4')
    return numbers
  }

  float64(): Float64Array<ArrayBuffer> {
    const numbers = new Float64Array(this.#count())
    this.#readInto(numbers, 'f8')
    return numbers
  }

  #count(): number {
    if (!this.#content?.type.isNumber) throw new ImportError(`${this.describe()} in its pickle has no numbers.`)
    return countOf(this.#shape)
  }

  #readInto(numbers: NumberArray, ownCode: string): void {
    const { type, isFortran, data } = this.#content!
    const isLittle = type.order !== '>'
    const isTurned = isFortran && this.#shape.length > 1
    if (type.code === ownCode && isLittle && !isTurned) {
      data.copyInto(new Uint8Array(numbers.buffer))
      return
    }
    if (isTurned && this.#shape.length > 2) throw new ImportError(`${this.describe()} in its pickle is not read.`)
    const [rows = 1, columns = 1] = this.#shape
    const read = readNumber(type.code)
    let i = 0
    for (const chunk of data.chunks()) {
      const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length)
      for (let at = 0; at + type.itemBytes <= chunk.length; at += type.itemBytes) {
        const place = isTurned ? (i % rows) * columns + Math.floor(i / rows) : i
        numbers[place] = read(view, at, isLittle)
        i++
      }
      if (i > numbers.length) break
    }
    checkLength(i * type.itemBytes, numbers.length * type.itemBytes)
  }
}

const maxDimensions = 32

/** How many numbers a shape asks for. @throws ImportError where it is none */
function countOf(shape: readonly number[]): number {
  if (shape.length > maxDimensions || !shape.every(isCount))
    throw new ImportError('an array in its pickle has a shape that is none.')
  const count = shape.includes(0) ? 0 : shape.reduce((product, n) => product * n, 1)
  if (!Number.isSafeInteger(count * 16)) throw new ImportError(`an array in its pickle claims ${count} numbers.`)
  return count
}
