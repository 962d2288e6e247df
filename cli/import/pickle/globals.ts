import { bytesOf, codecsEncode, frozenSet, makeDict, reconstructor } from './builtins.js'
import type { Machine } from './machine.js'
import { frombuffer, makeType, reconstruct, scalar } from './numpy-calls.js'
import type { Value } from './values.js'

/**
 * What a name in a pickle is good for. `make` computes data from data, here, by a function of ours; a `record` is an
 * object of which the class's name and the attributes are kept; an `opaque` is one that nobody looks into; a `name` is
 * never called.
 */
export type GlobalRule =
  | { readonly kind: 'record' | 'opaque' | 'name' }
  | { readonly kind: 'make'; readonly make: (args: readonly Value[], machine: Machine) => Value }

const record: GlobalRule = { kind: 'record' }
const opaque: GlobalRule = { kind: 'opaque' }
const name: GlobalRule = { kind: 'name' }
const make = (make: (args: readonly Value[], machine: Machine) => Value): GlobalRule => ({ kind: 'make', make })

type Names = Readonly<Record<string, GlobalRule>>

// Python 2 and protocols below 3 call the module so.
const builtins: Names = {
  bool: name,
  bytearray: make(bytesOf),
  bytes: make(bytesOf),
  dict: make(makeDict),
  float: name,
  frozenset: make(frozenSet),
  hash: name,
  int: name,
  list: name,
  long: name,
  object: name,
  set: make(frozenSet),
  str: name,
  tuple: name,
}
const multiarray: Names = { _reconstruct: make(reconstruct), scalar: make(scalar) }
const numeric: Names = { _frombuffer: make(frombuffer) }
const copyreg: Names = { _reconstructor: make(reconstructor) }

const modules: Readonly<Record<string, Names>> = {
  builtins,
  __builtin__: builtins,
  collections: { OrderedDict: make(makeDict), defaultdict: make(makeDict) },
  _codecs: { encode: make(codecsEncode) },
  copyreg,
  copy_reg: copyreg,
  // An array that was loaded with `mmap='r'` is pickled as a memmap, with its numbers.
  numpy: { dtype: make(makeType), memmap: name, ndarray: name },
  'numpy.core.memmap': { memmap: name },
  'numpy.core.multiarray': multiarray,
  'numpy._core.multiarray': multiarray,
  'numpy.core.numeric': numeric,
  'numpy._core.numeric': numeric,
  // States of random generators, from numpy 1.11 to 2.4.
  'numpy.random': { __RandomState_ctor: opaque },
  'numpy.random.mtrand': { RandomState: opaque },
  'numpy.random._pickle': { __bit_generator_ctor: opaque, __generator_ctor: opaque, __randomstate_ctor: opaque },
  'numpy.random._mt19937': { MT19937: opaque },
  'numpy.random.bit_generator': { SeedSequence: opaque, __pyx_unpickle_SeedSequence: opaque },
  'gensim.models.doc2vec': {
    Doc2Vec: record,
    Doc2VecTrainables: record,
    Doc2VecVocab: record,
    Doctag: record,
    DocvecsArray: record,
  },
  'gensim.models.word2vec': {
    Vocab: record,
    Word2Vec: record,
    Word2VecTrainables: record,
    Word2VecVocab: record,
  },
  'gensim.models.keyedvectors': {
    CompatVocab: record,
    Doc2VecKeyedVectors: record,
    EuclideanKeyedVectors: record,
    KeyedVectors: record,
    Vocab: record,
    Word2VecKeyedVectors: record,
  },
  'gensim.utils': { call_on_class_only: name },
}

const table = new Map(Object.entries(modules).map(([module, names]) => [module, new Map(Object.entries(names))]))

/** undefined for a name that no model needs. */
export const findRule = (module: string, name: string): GlobalRule | undefined => table.get(module)?.get(name)
