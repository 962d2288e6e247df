import type { TensorFile } from 'modelhost'
import { invalid } from '../../_model/invalid.js'
import { classSlots } from './attributes.js'
import { type CharacterTables, readCharacterTables } from './characters.js'
import { readValueTable, type ValueTable } from './value-table.js'

/** What a tagger knows of words besides its weights: views on its file. */
export interface WordTables {
  readonly characters: CharacterTables
  readonly lexicon: ValueTable
  /** U8 by class, 0 for none: bits for the kernel, whether a word of it may be a participle or an infinitive. */
  readonly lexiconTraits: Uint8Array
  readonly clusters: ValueTable
  /** U32 by cluster, the first for none: how many steps its path has, shifted by 24, and the path. */
  readonly clusterPaths: Uint32Array
  readonly auxiliaries: ValueTable
  /** U32 [2]: the clusters of all mentions and of all URLs; where the file does not say, `<@mention>` and `<url-t.co>`. */
  readonly tokenClusters: Uint32Array | undefined
  /** How often words have capitals: 1 to 5. */
  readonly capitals: ValueTable
  /** Names and their beginnings. @see kernels/parts/gazetteers.as.ts */
  readonly gazetteers: ValueTable
  /** U32 [sets + 1, 4]: the classes of names, the first for none. */
  readonly gazetteerSets: Uint32Array
}

/** As kernels/parts/word.as.ts has them. */
const mayBeParticiple = 16
const mayBeInfinitive = 32
/** Letters of a class in the lexicon. */
const participle = 'p'
const infinitive = 'v'
export const maxSteps = 24
/** Of a lexicon, and of clusters. */
export const maxClasses = 0xffff
/** Steps of `capitals`. */
export const capitalSteps = 5
/** Of sets of classes: the more, the less of a name's hash is left to tell it by. */
export const maxSets = 0xfff

/** @throws HostError ARTIFACT_INVALID */
export function readWordTables(file: TensorFile): WordTables {
  const classes = file.has('lexicon.classes.bytes') ? readStrings(file, 'lexicon.classes') : []
  const clusterPaths = file.has('clusters.paths') ? file.tensor('clusters.paths', 'U32', [null]) : new Uint32Array(1)
  for (const entry of clusterPaths) {
    const steps = entry >>> 24
    if (steps > maxSteps || (entry & 0xff_ffff) >= 2 ** steps) throw invalid(file, '"clusters.paths" has no path')
  }
  const gazetteerSets = readSets(file)
  if (clusterPaths.length === 0) throw invalid(file, '"clusters.paths" is empty')
  if (classes.length > maxClasses) throw invalid(file, `"lexicon.classes" has ${classes.length} strings, too many`)
  return {
    characters: readCharacterTables(file),
    lexicon: readValueTable(file, 'lexicon', classes.length),
    lexiconTraits: Uint8Array.from(['', ...classes], traitsOf),
    clusters: readValueTable(file, 'clusters', clusterPaths.length - 1),
    clusterPaths,
    auxiliaries: readValueTable(file, 'auxiliaries', 1),
    tokenClusters: readTokenClusters(file, clusterPaths.length - 1),
    capitals: readValueTable(file, 'capitals', capitalSteps),
    gazetteers: readValueTable(file, 'gazetteers', gazetteerSets.length / classSlots),
    gazetteerSets,
  }
}

function readTokenClusters(file: TensorFile, most: number): Uint32Array | undefined {
  if (!file.has('clusters.tokens')) return undefined
  const tokens = file.tensor('clusters.tokens', 'U32', [2])
  if (tokens.some(cluster => cluster > most)) throw invalid(file, '"clusters.tokens" has a cluster that is not there')
  return tokens
}

function readSets(file: TensorFile): Uint32Array {
  const name = 'gazetteers.sets'
  if (!file.has(name)) return new Uint32Array(classSlots)
  const sets = file.tensor(name, 'U32', [null, classSlots])
  const { size } = file.stringList('gazetteers.classes')
  if (sets.length === 0 || sets.length / classSlots > maxSets + 1)
    throw invalid(file, `"${name}" has no set, or too many`)
  if (sets.some(number => number > size)) throw invalid(file, `"${name}" has a class that is not there`)
  return sets
}

const traitsOf = (letters: string): number =>
  (letters.includes(participle) ? mayBeParticiple : 0) | (letters.includes(infinitive) ? mayBeInfinitive : 0)

/** The strings of a list. @throws HostError ARTIFACT_INVALID */
export function readStrings(file: TensorFile, name: string): string[] {
  const list = file.stringList(name)
  return Array.from({ length: list.size }, (_, i) => list.get(i))
}
