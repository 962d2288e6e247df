/**
 * A release is whole, or it is not: all models are made ready before the first one is put.
 *
 *   S3 ──▶ unpacked, checked, packed ──▶ archive on this machine ──▶ is there nothing else? ──┐ of each
 *   put, where there is nothing ◀───────────────────────────────────────────────────────────┘ once all are ready
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Log } from '../../core/plugin.js'
import { maxUploadBytes, type Upload, uploadObject } from '../../core/store/s3/upload.js'
import { CommandError } from '../command.js'
import type { ArchiveFile } from './archive-file.js'
import type { PlacedObject } from './buckets.js'
import { compareObject, type Found } from './compare-object.js'
import { forEachModel } from './for-each-model.js'

/** A model on its way to the place from which endpoints load it. */
export interface Move {
  readonly name: string
  readonly target: string
  readonly to: PlacedObject
  /** Makes the archive that is to be put. @param folder  empty; gone once the release is done */
  prepare(folder: string, signal: AbortSignal): Promise<Prepared>
}

export interface Prepared {
  readonly archive: ArchiveFile
  /** Requests that the model has answered; absent where it was not asked. */
  readonly examples?: number
}

export interface ReleasedModel {
  readonly name: string
  readonly target: string
  readonly url: string
  readonly bytes: number
  readonly sha256: string
  /** `there`: a run before has put the same files. */
  readonly state: 'put' | 'there'
  readonly examples?: number
}

export interface ReleaseTools {
  readonly log: Log
  readonly signal: AbortSignal
  /** Bytes that a byte of an archive may become. */
  readonly maxRatio: number
}

const preparedAtOnce = 2
const putAtOnce = 4

/**
 * @throws CommandError that names each model that cannot be released, and says whether some were put; the reason of `signal`
 */
export async function releaseModels(
  moves: readonly Move[],
  { log, signal, maxRatio }: ReleaseTools,
): Promise<ReleasedModel[]> {
  const work = await mkdtemp(join(tmpdir(), 'modelhost-release-'))
  try {
    const prepare = { atOnce: preparedAtOnce, meaning: 'Nothing was put.', signal }
    const ready = await forEachModel(moves, prepare, async (move, i) => {
      const folder = join(work, String(i))
      await mkdir(folder)
      const prepared = await move.prepare(folder, signal)
      const found = await look(move.to, prepared.archive, maxRatio, signal)
      log.info({ model: move.name, bytes: prepared.archive.bytes, ...examplesOf(prepared) }, 'ready')
      return { name: move.name, move, prepared, found }
    })
    const finish = { atOnce: putAtOnce, meaning: 'What was put stays. Run the command again to go on.', signal }
    return await forEachModel(ready, finish, async ({ move: { name, target, to }, prepared, found }) => {
      const { archive } = prepared
      const there = found.is === 'the same' ? found : await put(to, archive, maxRatio, signal)
      const state = there ? 'there' : 'put'
      const { bytes, sha256 } = there ?? archive
      log.info({ model: name, url: to.url }, there ? 'was there' : 'put')
      return { name, target, url: to.url, bytes, sha256: sha256.toString('hex'), state, ...examplesOf(prepared) }
    })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

const examplesOf = ({ examples }: Prepared) => (examples === undefined ? {} : { examples })

async function look(
  to: PlacedObject,
  archive: ArchiveFile,
  maxRatio: number,
  signal: AbortSignal,
): Promise<Exclude<Found, { is: 'other' }>> {
  if (archive.bytes > maxUploadBytes) {
    const problem = `more than the ${maxUploadBytes} that S3 takes at once`
    throw new CommandError(`its archive has ${archive.bytes} bytes, ${problem}.`)
  }
  const found = await compareObject(to, archive, maxRatio, signal)
  if (found.is !== 'other') return found
  throw new CommandError(
    `there is ${to.url} already, with another content. A model is never replaced: plan with another --id.`,
  )
}

/** @returns what was there, where somebody was faster */
async function put(to: PlacedObject, archive: ArchiveFile, maxRatio: number, signal: AbortSignal) {
  const upload: Upload = { ...to, ...archive, overwrite: false }
  for (;;) {
    if ((await uploadObject(to.bucket, upload, signal)) !== undefined) return undefined
    const found = await look(to, archive, maxRatio, signal)
    if (found.is === 'the same') return found
  }
}
