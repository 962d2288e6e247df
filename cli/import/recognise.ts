/** What a file is, by its first bytes. */
import type { ByteSource } from './byte-source.js'
import { ImportError } from './import-error.js'

export type Kind = 'gzip' | 'pickle' | 'word2vec'

const headBytes = 64
/** What a model can begin with in protocols 0 and 1, which have no mark of their own: a value, or the name of a class. */
const oldPickle = /^(?:[(\]})]|c[A-Za-z_][\w.]*\n)/

/** Files that people may take for one of these: how they begin, and what they are. */
const others: readonly (readonly [string, string])[] = [
  ['PK\x03\x04', 'a zip archive (perhaps of torch, numpy or keras)'],
  ['\x93NUMPY', 'a numpy array alone; name the file that it lies beside'],
  ['\x89HDF', 'an HDF5 file'],
  ['\xba\x16\x4f\x2f', 'a model of fastText, whose words are pieced together from parts'],
  ['BZh', 'packed by bzip2; unpack it first'],
  ['\xfd7zXZ', 'packed by xz; unpack it first'],
]

/** @throws ImportError for what is none of these */
export function recognise(source: ByteSource): Kind {
  const bytes = new Uint8Array(Math.min(headBytes, source.bytes))
  source.read(0, bytes)
  const head = String.fromCharCode(...bytes)
  if (bytes.length === 0) throw new ImportError('it is empty. Name the file of a model.')
  if (head.startsWith('\x1f\x8b')) return 'gzip'
  if (head.startsWith('\x80')) return 'pickle'
  if (/^\d+[ \t]+\d+\s/.test(head)) return 'word2vec'
  const other = others.find(([begin]) => head.startsWith(begin))
  if (other) throw new ImportError(`it is ${other[1]}. ${known}`)
  if (head.startsWith('{"', 8)) throw new ImportError('it is a tensor file: an artifact of modelhost needs no import.')
  const words = /^[^\s]+( -?\d+\.\d+(?:[eE][-+]\d+)?){2,}/.test(head)
  if (!words && oldPickle.test(head)) return 'pickle'
  const hint = words ? ' It looks like vectors without a first line: put "<words> <numbers>" before them.' : ''
  throw new ImportError(`it begins like none of what is read.${hint} ${known}`)
}

const known = 'Read are topics of pke, models of gensim (pickle.dump or save), and vectors as word2vec writes them.'
