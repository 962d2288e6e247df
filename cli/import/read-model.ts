import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type FileSource, openFile } from './file-source.js'
import { isGensim, readGensim } from './gensim.js'
import { ImportError } from './import-error.js'
import { isLda, readLda } from './lda.js'
import type { UnpackLimits } from './limits.js'
import type { MadeModel } from './made-model.js'
import { readNpy } from './npy.js'
import type { PickleLimits } from './pickle/machine.js'
import type { NumpyArray } from './pickle/numpy.js'
import { readPickle } from './pickle/read-pickle.js'
import { describePickled } from './pickle/values.js'
import { recognise } from './recognise.js'
import { unpackFile } from './unpack.js'
import { makeDocSim } from './word-vectors.js'
import { readWord2Vec } from './word2vec.js'

export interface ReadLimits extends PickleLimits, UnpackLimits {}

export interface ReadJob {
  readonly file: string
  /** A folder for what is unpacked. */
  readonly scratch: string
  /** Of the params; picks the stop words to look for. */
  readonly language: string
  readonly limits: ReadLimits
  /** Told of every file that is opened, to be closed when all is read. */
  readonly opened: (source: FileSource) => void
}

/** Reads a model of another library, told by its content. @throws ImportError */
export async function readModel(job: ReadJob): Promise<MadeModel> {
  const { file, scratch, limits, language } = job
  const source = await openUnpacked(file, scratch, job)
  if (recognise(source) === 'word2vec') return makeDocSim(readWord2Vec(source), language)
  const { value, protocol } = readPickle(source, limits)
  const readBeside = (suffix: string) => readArray(`${file}.${suffix}`, job)
  const form = `pickle protocol ${protocol === 0 ? '0 or 1' : protocol}`
  const how = (model: MadeModel): MadeModel => ({ ...model, source: `${model.source} (${form})` })
  if (isLda(value)) return how(readLda(value))
  if (isGensim(value)) return how(makeDocSim(readGensim(value, readBeside), language))
  throw new ImportError(
    `its pickle holds ${describePickled(value)}. Read are the topics that pke saves, a tuple of four, and gensim's ` +
      'Doc2Vec, Word2Vec and KeyedVectors.',
  )
}

/** The file, or what it unpacks to. */
async function openUnpacked(file: string, scratch: string, { limits, opened }: ReadJob): Promise<FileSource> {
  const packed = openFile(file)
  opened(packed)
  if (recognise(packed) !== 'gzip') return packed
  const path = join(scratch, '.unpacked')
  await unpackFile(file, packed.bytes, path, limits)
  const source = openFile(path)
  opened(source)
  if (recognise(source) === 'gzip') throw new ImportError('it is gzip in gzip. Unpack it once, then import it.')
  return source
}

/** An array that lies beside the model. */
function readArray(path: string, { opened }: ReadJob): NumpyArray {
  const packed = path.replace(/npy$/, 'npz')
  if (!existsSync(path) && existsSync(packed))
    throw new ImportError(
      `${packed} is packed, which is not read. Load the model in Python, and save it under a name without .gz or .bz2.`,
    )
  if (!existsSync(path) || !statSync(path).isFile())
    throw new ImportError(
      `${path} is missing: gensim keeps large arrays in files beside the model. Copy all of them to ${dirname(path)}.`,
    )
  const source = openFile(path)
  opened(source)
  return readNpy(source, path)
}
