/** Where bytes are read from: a file, or a memory in tests. */
export interface ByteSource {
  readonly bytes: number
  /** Fills `target` with the bytes from `start` on; all of them must be there. */
  read(start: number, target: Uint8Array): void
}

export const memorySource = (bytes: Uint8Array): ByteSource => ({
  bytes: bytes.length,
  read: (start, target) => target.set(bytes.subarray(start, start + target.length)),
})
