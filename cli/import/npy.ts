import type { ByteSource } from './byte-source.js'
import { ImportError } from './import-error.js'
import { FileBytes } from './pickle/bytes.js'
import { NumpyArray, NumpyType } from './pickle/numpy.js'

const magic = '\x93NUMPY'
const maxHeaderBytes = 1 << 16
/** A Python dict as numpy writes it, in this order; what else could stand there is not read. */
const header =
  /^\{'descr': '([<>|=]?[a-zA-Z]\d{0,9})', 'fortran_order': (True|False), 'shape': \((\d{1,15}(?:, ?\d{1,15})*)?,?\),? *\}\s*$/

/**
 * Reads a `.npy` file; its numbers stay in the file until somebody wants them.
 *
 * @throws ImportError
 * @see numpy/lib/format.py (format)
 */
export function readNpy(source: ByteSource, name: string): NumpyArray {
  const broken = (problem: string) => new ImportError(`${name} ${problem}.`)
  const head = new Uint8Array(Math.min(12, source.bytes))
  source.read(0, head)
  const version = head[6]
  if (head.length < 12 || String.fromCharCode(...head.subarray(0, 6)) !== magic || !version || version > 3)
    throw broken('is no .npy file of numpy')
  const view = new DataView(head.buffer)
  const start = version === 1 ? 10 : 12
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  if (length > maxHeaderBytes || start + length > source.bytes) throw broken(`claims a header of ${length} bytes`)
  const text = new Uint8Array(length)
  source.read(start, text)
  const [, code, order, sizes = ''] = header.exec(new TextDecoder('latin1').decode(text)) ?? []
  if (code === undefined) throw broken('has a header that is not of an array of numbers')
  const type = new NumpyType(code)
  if (!type.isNumber) throw broken(`has numbers of the type "${code}"`)
  const shape = sizes === '' ? [] : sizes.split(',').map(Number)
  const array = new NumpyArray()
  const data = new FileBytes(source, start + length, source.bytes - start - length)
  try {
    array.fill({ type, shape, isFortran: order === 'True', data })
  } catch (error) {
    throw broken(`is cut off or damaged: ${(error as Error).message.replace(/\.$/, '')}`)
  }
  return array
}
