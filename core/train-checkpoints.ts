/** Checkpoints as a training has them, in its thread: what was found, and how a further one is saved. */
import { closeSync, openSync } from 'node:fs'
import { copyFile, mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { artifactWriter } from './artifact-writer.js'
import {
  findDamage,
  findDifference,
  listCheckpoints,
  readLabel,
  removeCheckpoint,
  removeUnfinished,
  stateFile,
  type TrainingIdentity,
  writeCheckpoint,
} from './checkpoint-folder.js'
import { digestTree } from './digest.js'
import { describeError, fail, isHostError } from './errors.js'
import { readFully } from './file-io.js'
import type { Checkpoints, Log } from './plugin.js'
import { TensorFile, writeTensorFile } from './tensor-file.js'

export interface CheckpointOrder {
  readonly folder: string
  /** Seconds from one checkpoint to the next, at least; 0 is as often as there is a chance. */
  readonly everySeconds: number
  readonly plugin: string
  readonly version: string
  /** Of the params file that a checkpoint's artifact has. */
  readonly paramsContent: string
}

export interface CheckpointTools {
  readonly channels: Readonly<Record<string, string>>
  readonly params: Readonly<Record<string, unknown>>
  readonly isStopped: () => boolean
  readonly log: Log
  /** Told of each checkpoint of this training that there is: its path. */
  readonly tell: (path: string) => void
}

/** Writing checkpoints takes no more than a tenth of the time, however large they are. */
const leastShare = 10

export const noCheckpoints: Checkpoints = { found: undefined, isDue: () => false, save: async () => {} }

/** Looks for a checkpoint of the same training. What cannot be read or written is a warning, never the end of it. */
export async function openCheckpoints(order: CheckpointOrder, tools: CheckpointTools): Promise<Checkpoints> {
  const { folder, everySeconds, plugin, version, paramsContent } = order
  const { channels, params, isStopped, log, tell } = tools
  const digests: Record<string, string> = {}
  for (const [name, path] of Object.entries(channels)) {
    const digest = await digestTree(path)
    if (digest === undefined) {
      const problem = `the channel "${name}" is ${path}, which can be read once only, and a training with checkpoints looks at its data first. Give a file or folder, or leave the checkpoints out.`
      throw fail('TRAIN_FAILED', { plugin, problem })
    }
    digests[name] = digest
  }
  // As a label has them: what JSON does not keep is no difference.
  const identity: TrainingIdentity = JSON.parse(JSON.stringify({ plugin, version, params, channels: digests }))

  let own: string[] = []
  let found: TensorFile | undefined
  try {
    await mkdir(folder, { recursive: true })
    await removeUnfinished(folder)
    const { whole, others } = await findOwn(folder, identity, log)
    if (whole !== undefined) found = await readState(join(whole, stateFile))
    own = whole === undefined ? others : [...others, whole]
    for (const path of own) tell(path)
    if (whole !== undefined) log.info({ checkpoint: whole }, 'goes on from a checkpoint')
  } catch (error) {
    log.warn({ folder, problem: describeError(error) }, 'checkpoints cannot be read; training anew')
  }

  let dueMs = performance.now() + everySeconds * 1000
  let isSavedSinceStop = false
  return {
    found,
    isDue: () => performance.now() >= dueMs || (isStopped() && !isSavedSinceStop),
    async save(state, writeModel) {
      const startedMs = performance.now()
      isSavedSinceStop = isStopped()
      try {
        // The newest stays until this one is there, and then until the next: see checkpoint-folder.ts.
        for (const path of own.slice(0, -1)) await removeCheckpoint(path)
        own = own.slice(-1)
        const path = await writeCheckpoint(folder, identity, async temporary => {
          await writeTensorFile(join(temporary, stateFile), state)
          await writeModel(artifactWriter(temporary, plugin))
          await writeFile(join(temporary, `${plugin}-params.json`), paramsContent)
        })
        own.push(path)
        tell(path)
        log.debug({ checkpoint: path }, 'checkpoint saved')
      } catch (error) {
        if (!isOfTheDisk(error)) throw error
        log.warn({ folder, problem: describeError(error) }, 'a checkpoint could not be saved; the training goes on')
      }
      const nowMs = performance.now()
      dueMs = everySeconds === 0 ? nowMs : nowMs + Math.max(everySeconds * 1000, (nowMs - startedMs) * (leastShare - 1))
    },
  }
}

/** The newest whole checkpoint of this training, and others of it, which nobody needs; warns of what is not used. */
async function findOwn(folder: string, identity: TrainingIdentity, log: Log) {
  let whole: string | undefined
  const others: string[] = []
  for (const path of await listCheckpoints(folder)) {
    const label = await readLabel(path)
    const difference = typeof label === 'string' ? undefined : findDifference(label, identity)
    const isOwn = typeof label !== 'string' && difference === undefined
    if (isOwn && whole === undefined) {
      const damage = await findDamage(path, label)
      if (damage === undefined) whole = path
      else log.warn({ checkpoint: path, problem: `it ${damage}` }, notUsed)
    } else if (whole === undefined) {
      log.warn(
        { checkpoint: path, problem: typeof label === 'string' ? `it ${label}` : `it is of ${difference}` },
        notUsed,
      )
    }
    if (isOwn && whole !== path) others.push(path)
  }
  return { whole, others }
}

const notUsed = 'a checkpoint is not used'

async function readState(path: string): Promise<TensorFile> {
  const bytes = new Uint8Array((await stat(path)).size)
  const descriptor = openSync(path, 'r')
  try {
    readFully(descriptor, bytes, 0)
  } finally {
    closeSync(descriptor)
  }
  return new TensorFile(bytes, path)
}

/** A full or failing disk, not a plugin that writes what it must not. */
function isOfTheDisk(error: unknown): boolean {
  return !isHostError(error) && error instanceof Error && 'syscall' in error
}

/**
 * Copies the artifact of a checkpoint, without its params file.
 *
 * @returns what is wrong with the checkpoint, as the end of "it ..."; undefined where all is well
 */
export async function copyModel(path: string, folder: string, plugin: string): Promise<string | undefined> {
  const label = await readLabel(path)
  if (typeof label === 'string') return label
  const damage = await findDamage(path, label)
  if (damage !== undefined) return damage
  const isModel = (name: string) => name.startsWith(`${plugin}-`) && name !== `${plugin}-params.json`
  for (const name of Object.keys(label.files).filter(isModel)) await copyFile(join(path, name), join(folder, name))
  return undefined
}
