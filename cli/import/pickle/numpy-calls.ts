/** The functions that numpy's pickles name: they make arrays and types of arrays. */

import { codecsEncode } from './builtins.js'
import { isCount } from './counts.js'
import type { Machine } from './machine.js'
import { NumpyArray, NumpyType } from './numpy.js'
import { describePickled, Global, LongText, PickledBytes, Tuple, type Value } from './values.js'

const arrays = ['numpy.ndarray', 'numpy.memmap', 'numpy.core.memmap.memmap']

/** `_reconstruct(ndarray, (0,), b'b')`: an array, to be filled by its state. */
export function reconstruct([type]: readonly Value[], machine: Machine): NumpyArray {
  if (!(type instanceof Global) || !arrays.includes(type.path))
    throw machine.error(`makes an array of ${describePickled(type)}, not of numpy.ndarray.`)
  machine.hold(128)
  return new NumpyArray()
}

/** `dtype('f4', False, True)` */
export function makeType([code]: readonly Value[], machine: Machine): NumpyType {
  if (typeof code !== 'string') throw machine.error(`makes an array type of ${describePickled(code)}.`)
  machine.hold(96)
  return new NumpyType(code)
}

/** `_frombuffer(bytes, dtype, shape, 'C')`: how protocol 5 makes an array. */
export function frombuffer([data, type, shape, order]: readonly Value[], machine: Machine): NumpyArray {
  machine.hold(128)
  const array = new NumpyArray()
  fill(array, { data, type, shape, isFortran: order === 'F' }, machine)
  return array
}

/** `scalar(dtype, b'..')`: one number. */
export function scalar([type, data]: readonly Value[], machine: Machine): number {
  const array = new NumpyArray()
  fill(array, { data, type, shape: new Tuple([]), isFortran: false }, machine)
  return array.float64()[0]!
}

/** The state of an array: (version, shape, dtype, is Fortran, data). */
export function fillArray(array: NumpyArray, state: Value, machine: Machine): void {
  const items = state instanceof Tuple ? state.items : []
  if (items.length !== 5 && items.length !== 4)
    throw machine.error(`fills an array with ${describePickled(state)}; that is none of numpy's states.`)
  const [shape, type, isFortran, data] = items.slice(-4)
  fill(array, { shape, type, data, isFortran: isFortran === true || isFortran === 1 }, machine)
}

/** The state of a dtype: (version, order of bytes, parts of a record, names, fields, ...). */
export function fillType(type: NumpyType, state: Value, machine: Machine): void {
  const [, order, subtype, names, fields] = state instanceof Tuple ? state.items : []
  if (typeof order !== 'string' || !['<', '>', '|', '='].includes(order))
    throw machine.error(`describes an array type with ${describePickled(state)}.`)
  const isPlain = [subtype, names, fields].every(part => part === null || part === undefined)
  if (!isPlain) throw machine.error('has an array of records. Models have arrays of numbers.')
  type.order = order
}

interface ArrayParts {
  readonly data: Value | undefined
  readonly type: Value | undefined
  readonly shape: Value | undefined
  readonly isFortran: boolean
}

function fill(array: NumpyArray, { data, type, shape, isFortran }: ArrayParts, machine: Machine): void {
  if (!(type instanceof NumpyType)) throw machine.error(`has an array whose type is ${describePickled(type)}.`)
  if (!(shape instanceof Tuple) || !shape.items.every(isCount))
    throw machine.error(`has an array whose shape is ${describePickled(shape)}.`)
  const sizes = shape.items as readonly number[]
  if (type.isObject) {
    if (!Array.isArray(data)) throw machine.error(`has an array of objects made of ${describePickled(data)}.`)
    array.fillObjects(data, sizes)
    return
  }
  // Python 2 has bytes as texts.
  const bytes = typeof data === 'string' || data instanceof LongText ? codecsEncode([data, 'latin1'], machine) : data
  if (!(bytes instanceof PickledBytes)) throw machine.error(`has an array made of ${describePickled(data)}.`)
  array.fill({ type, shape: sizes, isFortran, data: bytes.bytes })
}
