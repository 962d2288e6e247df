/** An artifact folder -> an archive of it that is the same, byte for byte, each time. */
import { pipeline, Readable, Transform } from 'node:stream'
import { createGzip } from 'node:zlib'
import type { Catalog } from './catalog.js'
import { type FileToPack, findFilesToPack, type PackedFile, readFileToPack } from './pack-files.js'
import { describeArtifact } from './params.js'
import { formatTarHeader, tarEnd, tarPadding } from './store/archive/tar-format.js'

export type { PackedFile } from './pack-files.js'

export interface PackedArtifact {
  /** As they lie in the archive: at its top, with the params file, whatever folder was around them. */
  readonly files: readonly PackedFile[]
  /** Prefix of the params file. */
  readonly prefix: string
  readonly pluginName: string
  /**
   * Begins to read the files and answers the bytes of the archive, a tar.gz; may be called again.
   *
   * The stream fails with HostError ARTIFACT_FILE_UNREADABLE where a file is not as it was when `packArtifact` looked. Whoever
   * does not read it to its end destroys it.
   */
  open(): Readable
}

/**
 * Looks whether a folder is an artifact that a host could load, and which files its archive has.
 *
 * The same files make the same archive: sorted, without times, owners and modes. What compresses them may differ with the
 * version of Node and the kind of processor.
 *
 * @throws HostError ARTIFACT_NOT_FOUND, PARAMS_NOT_FOUND, PARAMS_AMBIGUOUS, PARAMS_INVALID, PLUGIN_UNKNOWN,
 *   ARTIFACT_FILE_MISSING, ARTIFACT_FILE_UNREADABLE
 */
export async function packArtifact(path: string, catalog: Catalog): Promise<PackedArtifact> {
  const { folder, prefix, plugin } = await describeArtifact(path, catalog)
  const files = await findFilesToPack(folder)
  return {
    files: files.map(({ name, bytes }) => ({ name, bytes })),
    prefix,
    pluginName: plugin.name,
    open: () => pipeline(Readable.from(writeTar(files)), createGzip(), withFixedSystem(), () => {}),
  }
}

async function* writeTar(files: readonly FileToPack[]): AsyncGenerator<Buffer> {
  for (const file of files) {
    yield formatTarHeader(file.name, file.bytes)
    yield* readFileToPack(file)
    yield tarPadding(file.bytes)
  }
  yield tarEnd
}

/** RFC 1952, 2.3.1: where the header says which system compressed. */
const systemAt = 9
const unknownSystem = 255

/** The header of a gzip file without the system that it was made on. */
function withFixedSystem(): Transform {
  let position = 0
  return new Transform({
    transform(chunk: Buffer, _, done) {
      const at = systemAt - position
      if (at >= 0 && at < chunk.length) chunk[at] = unknownSystem
      position += chunk.length
      done(null, chunk)
    },
  })
}
