import type { Asset, TensorFile } from 'modelhost'
import { invalid } from '../../_model/invalid.js'
import { MemoryWriter } from './memory-writer.js'
import { checkVersions } from './model-file.js'
import { createWordEngine, type WordEngine } from './shared-engine.js'
import { readWordTables } from './tables.js'

/** 4 MiB: some 130 KB to work in, the rest remembers some 15,000 words. */
export const tablesScratchBytes = 2 ** 22

interface OpenTables {
  readonly hash: string
  readonly words: WordEngine
}

// By what a lane has of an asset: its models share it.
const opened = new WeakMap<Asset, OpenTables>()

/**
 * Word tables that many taggers share; a lane opens them once.
 *
 * @param wanted  the hash of the tables that the tagger was trained with
 * @param tagger  for errors
 * @throws HostError ARTIFACT_INVALID where the tables are damaged, not there, or others
 */
export function openTables(asset: Asset | undefined, wanted: string | undefined, tagger: TensorFile): WordEngine {
  if (asset === undefined) throw invalid(tagger, `it needs the word tables ${short(wanted)} beside it`)
  if (wanted === undefined) throw invalid(tagger, `it has word tables of its own; train it with those of ${asset.name}`)
  const { hash, words } = opened.get(asset) ?? open(asset)
  if (hash === wanted) return words
  const way = 'train it anew, or use a host with the tables that it was trained with'
  throw invalid(
    tagger,
    `it was trained with the word tables ${short(wanted)}, ${asset.name} has ${short(hash)}; ${way}`,
  )
}

function open(asset: Asset): OpenTables {
  const { memory, scratch } = asset
  const file = asset.tensors()
  checkVersions(file)
  const tables = readWordTables(file)
  const words = createWordEngine(
    tables,
    new MemoryWriter(memory, scratch.byteOffset, scratch.byteOffset + scratch.length),
  )
  const found = { hash: file.metadata['hash'] ?? '', words }
  opened.set(asset, found)
  return found
}

const short = (hash: string | undefined): string => (hash ?? '').slice(0, 12)
