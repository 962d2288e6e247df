import { shippedNames } from '../_text/entities/shipped.js'
import { tablesScratchBytes } from '../_text/tagging/tables-asset.js'
import { modelScratchBytes, taggerScratchBytes } from '../_text/tagging/tagger.js'

/** Which word tables a model has: `own`, in its file, or those that come with the host, once for all models. */
export interface TablesSettings {
  readonly tables: string
}

/** The word tables that a model shares with others. */
export function tablesAssets({ tables }: TablesSettings) {
  const url = shippedNames(tables, 'tables')
  return url ? { tables: { url, scratchBytes: tablesScratchBytes } } : {}
}

/** Room for a model in its own image. */
export const scratchBytesOf = ({ tables }: TablesSettings): number =>
  shippedNames(tables, 'tables') ? modelScratchBytes : taggerScratchBytes
