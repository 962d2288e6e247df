/*
 * The folder of a training's checkpoints:
 *
 *   checkpoint-000007/   the newest: what an interrupted training goes on from
 *     checkpoint.json      whose it is, and the size and SHA-256 of each file
 *     state                what the plugin saved, a tensor file
 *     <plugin>-model ...   a whole artifact, which a host serves as it is
 *     <plugin>-params.json
 *   checkpoint-000006/   the one before, until the next is written
 *   .checkpoint-...      one that is being written or removed; what a kill leaves of it counts for nothing
 *
 * Each is written aside and renamed. The one before stays because the folder may be copied elsewhere file by file, as
 * SageMaker copies it to S3: a machine that is lost in the middle of that leaves it whole.
 */
import { lstat, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Type } from 'typebox'
import { digestFile } from './digest.js'
import { describeError } from './errors.js'

/** What makes two trainings the same: what one has learned, the other can go on with. */
export interface TrainingIdentity {
  readonly plugin: string
  /** Of the plugin. */
  readonly version: string
  readonly params: Readonly<Record<string, unknown>>
  /** Channel name -> what its files hold. @see digestTree */
  readonly channels: Readonly<Record<string, string>>
}

/** `checkpoint.json` */
export interface CheckpointLabel extends TrainingIdentity {
  readonly format: 1
  /** ISO 8601. */
  readonly saved: string
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>
}

/** Names without a dash: no file of an artifact has one of these. */
export const stateFile = 'state'
const labelFile = 'checkpoint.json'

const labelSchema = Type.Object({
  format: Type.Literal(1),
  saved: Type.String(),
  plugin: Type.String(),
  version: Type.String(),
  params: Type.Record(Type.String(), Type.Unknown()),
  channels: Type.Record(Type.String(), Type.String()),
  files: Type.Record(Type.String(), Type.Object({ bytes: Type.Integer(), sha256: Type.String() })),
})

/** So many digits that a number of one more is exact, too. */
const checkpointName = /^checkpoint-(\d{6,15})$/
const temporaryPrefix = '.checkpoint-'
/** Of a label: its params have no more than a params file, its files and channels are few. */
const maxLabelBytes = 16 << 20

/** @returns paths of all checkpoints, whole or not, the newest first */
export async function listCheckpoints(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter(name => checkpointName.test(name))
  return names.sort((a, b) => numberOf(b) - numberOf(a)).map(name => join(folder, name))
}

const numberOf = (name: string) => Number(checkpointName.exec(name)?.[1] ?? 0)

/** Removes what kills have left of checkpoints that were being written. */
export async function removeUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(temporaryPrefix)) await rm(join(folder, name), { recursive: true, force: true })
  }
}

/** A kill in the middle leaves what the next run of a training cleans away; one that is gone already is no error. */
export async function removeCheckpoint(path: string): Promise<void> {
  const aside = join(dirname(path), `${temporaryPrefix}removed-${basename(path)}`)
  try {
    await rename(path, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  await rm(aside, { recursive: true, force: true })
}

/** @returns the label of a checkpoint; or what is wrong with it, as the end of "it ..." */
export async function readLabel(path: string): Promise<CheckpointLabel | string> {
  // A link may lead anywhere; what is there is nothing that a training has saved here.
  const isFolder = await lstat(path).then(stats => stats.isDirectory())
  if (!isFolder) return 'is no folder'
  const file = join(path, labelFile)
  const found = await lstat(file).catch(() => undefined)
  if (!found?.isFile()) return `has no file ${labelFile}`
  if (found.size > maxLabelBytes) return `has a ${labelFile} of ${found.size} bytes, ${maxLabelBytes} are the most`
  let label: unknown
  try {
    label = JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    return `has no ${labelFile} that can be read (${describeError(error)})`
  }
  // Its module costs more than the rest of a training thread's start, and mostly there is no checkpoint yet.
  const { findProblem } = await import('./check.js')
  const problem = findProblem(labelSchema, label, labelFile)
  return problem ? `has a ${labelFile} of another form: ${problem}` : (label as CheckpointLabel)
}

/** @returns what its files have that their label does not say, as the end of "it ..." */
export async function findDamage(path: string, { files }: CheckpointLabel): Promise<string | undefined> {
  if (!files[stateFile]) return `has no file ${stateFile}`
  for (const [name, { bytes, sha256 }] of Object.entries(files)) {
    if (/[/\\]|^\.+$/.test(name)) return `names a file outside of it, ${JSON.stringify(name)}`
    const found = await lstat(join(path, name)).catch(() => undefined)
    if (!found?.isFile()) return `has no file ${name}`
    if (found.size !== bytes) return `is cut off: ${name} has ${found.size} bytes of ${bytes}`
    if ((await digestFile(join(path, name))) !== sha256) return `is damaged: ${name} holds other bytes than it should`
  }
  return undefined
}

/**
 * Writes a checkpoint under the next number; a kill at any moment leaves those that are there.
 *
 * @param write  writes the files into a folder
 * @returns its path
 */
export async function writeCheckpoint(
  folder: string,
  identity: TrainingIdentity,
  write: (folder: string) => Promise<void>,
): Promise<string> {
  const temporary = await mkdtemp(join(folder, temporaryPrefix))
  try {
    await write(temporary)
    const files: Record<string, { bytes: number; sha256: string }> = {}
    for (const name of (await readdir(temporary)).sort()) {
      const path = join(temporary, name)
      files[name] = { bytes: (await stat(path)).size, sha256: await digestFile(path) }
    }
    const label: CheckpointLabel = { format: 1, saved: new Date().toISOString(), ...identity, files }
    await writeFile(join(temporary, labelFile), `${JSON.stringify(label, null, 2)}\n`)
    return await nameIt(temporary, folder)
  } catch (error) {
    await rm(temporary, { recursive: true, force: true })
    throw error
  }
}

/** Gives a checkpoint the next number; another one where a further training takes it at the same moment. */
async function nameIt(temporary: string, folder: string, attempts = 10): Promise<string> {
  const [newest = ''] = await listCheckpoints(folder)
  const next = numberOf(basename(newest)) + 1
  const path = join(folder, `checkpoint-${String(next).padStart(6, '0')}`)
  try {
    await rename(temporary, path)
    return path
  } catch (error) {
    const isTaken = ['EEXIST', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '')
    if (!isTaken || attempts === 1) throw error
    return nameIt(temporary, folder, attempts - 1)
  }
}

/** What makes a checkpoint that of another training, as the end of "it is of ..."; undefined where it is the same. */
export function findDifference(found: TrainingIdentity, wanted: TrainingIdentity): string | undefined {
  if (found.plugin !== wanted.plugin) return `the plugin ${found.plugin}`
  if (found.version !== wanted.version) return `version ${found.version} of the plugin, this is ${wanted.version}`
  const params = differingKeys(found.params, wanted.params)
  if (params.length > 0) return `other params (${params.join(', ')})`
  const channels = differingKeys(found.channels, wanted.channels)
  if (channels.length > 0) return `other data (channel ${channels.join(', ')})`
  return undefined
}

function differingKeys(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): string[] {
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])]
  return keys.filter(key => JSON.stringify(a[key]) !== JSON.stringify(b[key]))
}
