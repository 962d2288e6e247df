/** How much a packed file may become. */
export interface UnpackLimits {
  readonly maxUnpackedBytes: number
  /** Bytes that one byte of the file may become, beyond the first 16 MiB. */
  readonly maxUnpackRatio: number
}

/** What an artifact may have: the memory of a model is at most so large. */
export const maxModelBytes = 2 ** 32 - 2 ** 20

/** 500 topics of short texts pack some hundred times. */
export const defaultLimits: UnpackLimits = { maxUnpackedBytes: 8 * 2 ** 30, maxUnpackRatio: 500 }
