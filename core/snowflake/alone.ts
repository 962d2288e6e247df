/**
 * Bytes with a buffer for themselves, copied where they are a part of another: they may be handed over, and where they are
 * kept they keep nothing else.
 */
export const alone = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  (bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes)) as Uint8Array<ArrayBuffer>
