const blockBytes = 512
const maxPieceBytes = 1 << 18
/** More than the extended header of any path that is unpacked. */
const maxHeldBytes = 1 << 14

/**
 * The bytes of a tar, in pieces of whole blocks that end with a letter of ASCII.
 *
 * The parser (tar 7.5) makes text of an extended header piece by piece: of a letter cut in two nothing would be left, and
 * of a path with such a letter neither. So a piece ends some blocks earlier where it has to.
 *
 * @returns takes with each `next` how many of the bytes to come are a file's, where a piece may end anywhere
 */
export async function* tarPieces(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, number> {
  let held: Buffer = Buffer.alloc(0)
  let fileBytes = 0
  for await (const { buffer, byteOffset, byteLength } of source) {
    const chunk = Buffer.from(buffer, byteOffset, byteLength)
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    for (;;) {
      const end = findEnd(held.subarray(0, maxPieceBytes), fileBytes)
      if (end === 0) break
      fileBytes = yield held.subarray(0, end)
      held = held.subarray(end)
    }
  }
  if (held.length > 0) yield held
}

/** @returns 0 to wait for more */
function findEnd(bytes: Buffer, fileBytes: number): number {
  const whole = bytes.length - (bytes.length % blockBytes)
  if (whole <= fileBytes) return whole
  for (let end = whole; end > Math.max(0, whole - maxHeldBytes); end -= blockBytes) {
    if (bytes[end - 1]! < 0x80) return end
  }
  return whole > maxHeldBytes ? whole : 0
}
