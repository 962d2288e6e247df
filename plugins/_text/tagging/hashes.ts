/** What of the kernels' hashes is computed here: once a template. */

const mask = (1n << 64n) - 1n
const golden = 0x9e3779b97f4a7c15n

/** As kernels/parts/hashes.as.ts has them. */
export function mix(hash: bigint, value: bigint): bigint {
  const product = ((hash ^ value) * golden) & mask
  return product ^ (product >> 29n)
}

export function finish(hash: bigint): bigint {
  const product = ((hash ^ (hash >> 32n)) * golden) & mask
  return product ^ (product >> 32n)
}

/** Where the hash of a feature begins: by the number of its template. */
export const seedOf = (template: number): bigint => finish(mix(0n, BigInt(template + 1)))
