/** Cyclic redundancy checks that Node has not: eight bytes at a time, by tables. */

/** A reflected polynomial of up to 64 bits, as two halves. */
interface Polynomial {
  readonly high: number
  readonly low: number
  readonly bits: 32 | 64
}

/** @see Castagnoli et al. 1993; RFC 3720, appendix B.4 */
const castagnoli: Polynomial = { high: 0, low: 0x82f63b78, bits: 32 }
/** @see NVM Express, NVM Command Set Specification, 64b CRC */
const nvme: Polynomial = { high: 0x9a6c9329, low: 0xac4bc9b5, bits: 64 }

export interface Crc {
  update(bytes: Uint8Array): void
  /** @returns the value, its highest byte first */
  digest(): Buffer
}

export const createCrc32c = (): Crc => createCrc(castagnoli)
export const createCrc64Nvme = (): Crc => createCrc(nvme)

interface Tables {
  readonly high: Int32Array
  readonly low: Int32Array
}

const made = new Map<Polynomial, Tables>()

function createCrc(polynomial: Polynomial): Crc {
  const tables = made.get(polynomial) ?? makeTables(polynomial)
  made.set(polynomial, tables)
  // One of 32 bits never reaches the upper half.
  const state = { high: polynomial.bits === 64 ? -1 : 0, low: -1 }
  return {
    update: bytes => advance(state, tables, bytes),
    digest: () => {
      const value = Buffer.alloc(8)
      value.writeInt32BE(~state.high, 0)
      value.writeInt32BE(~state.low, 4)
      return value.subarray(8 - polynomial.bits / 8)
    },
  }
}

/** Row k has what a byte becomes that k more bytes have passed. */
function makeTables(polynomial: Polynomial): Tables {
  const high = new Int32Array(8 * 256)
  const low = new Int32Array(8 * 256)
  for (let byte = 0; byte < 256; byte++) {
    let [h, l] = [0, byte]
    for (let bit = 0; bit < 8; bit++) {
      const isOdd = (l & 1) === 1
      l = (l >>> 1) | (h << 31)
      h >>>= 1
      if (isOdd) [h, l] = [h ^ polynomial.high, l ^ polynomial.low]
    }
    high[byte] = h
    low[byte] = l
  }
  for (let i = 256; i < 8 * 256; i++) {
    const [h, l] = [high[i - 256]!, low[i - 256]!]
    low[i] = ((l >>> 8) | (h << 24)) ^ low[l & 255]!
    high[i] = (h >>> 8) ^ high[l & 255]!
  }
  return { high, low }
}

function advance(state: { high: number; low: number }, { high, low }: Tables, bytes: Uint8Array): void {
  let h = state.high
  let l = state.low
  let i = 0
  for (; i + 8 <= bytes.length; i += 8) {
    l ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
    h ^= bytes[i + 4]! | (bytes[i + 5]! << 8) | (bytes[i + 6]! << 16) | (bytes[i + 7]! << 24)
    const a = 1792 + (l & 255)
    const b = 1536 + ((l >>> 8) & 255)
    const c = 1280 + ((l >>> 16) & 255)
    const d = 1024 + (l >>> 24)
    const e = 768 + (h & 255)
    const f = 512 + ((h >>> 8) & 255)
    const g = 256 + ((h >>> 16) & 255)
    const k = h >>> 24
    l = low[a]! ^ low[b]! ^ low[c]! ^ low[d]! ^ low[e]! ^ low[f]! ^ low[g]! ^ low[k]!
    h = high[a]! ^ high[b]! ^ high[c]! ^ high[d]! ^ high[e]! ^ high[f]! ^ high[g]! ^ high[k]!
  }
  for (; i < bytes.length; i++) {
    const index = (l ^ bytes[i]!) & 255
    l = ((l >>> 8) | (h << 24)) ^ low[index]!
    h = (h >>> 8) ^ high[index]!
  }
  state.high = h
  state.low = l
}
