import { createReadStream } from 'node:fs'
import { type FileHandle, open, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { describeError } from '../../core/errors.js'
import { CommandError, UsageError } from '../command.js'
import { differingPart, type Identity } from './identity.js'
import { LineCutter } from './lines.js'
import { lockOutput } from './lock.js'
import type { Tally } from './tally.js'

/** Where lines go. */
export interface Output {
  /** Resolves when there is room for more. */
  write(text: string): Promise<void>
  /** All is written. */
  finish(): Promise<void>
  /** There is nothing in it, nor will be. */
  discard(): Promise<void>
  /** It ends here, for now. */
  close(): Promise<void>
}

export const standardOutput: Output = {
  async write(text) {
    if (!process.stdout.write(text)) await new Promise<void>(resolve => process.stdout.once('drain', resolve))
  },
  async finish() {},
  async discard() {},
  async close() {},
}

export interface FileOutputOptions {
  readonly path: string
  /** Go on with what is there. */
  readonly resume: boolean
  /** Replace what is there. */
  readonly force: boolean
}

/** Beside an output that is not complete: what it is made of. */
const stateFileOf = (path: string) => `${path}.state`

/**
 * Looks whether a file can be written, before the work.
 *
 * @throws UsageError where it is there and shall not be replaced, or cannot be gone on with
 */
export async function checkFileOutput({ path, resume, force }: FileOutputOptions): Promise<void> {
  const isThere = await exists(path)
  const isUnfinished = await exists(stateFileOf(path))
  if (force || !isThere) return
  if (!resume) {
    const goOn = isUnfinished ? '--resume goes on with it, ' : ''
    throw new UsageError(`--output ${path} is there already. ${goOn}--force replaces it.`)
  }
  if (!isUnfinished) {
    const problem = `has no ${stateFileOf(path)} beside it: it is complete, or no output of this command.`
    throw new UsageError(`--output ${path} ${problem} --force replaces it.`)
  }
}

/**
 * Opens a file that a killed process may leave at any time: its whole lines are good, and a file beside it tells what they
 * belong to until it is complete.
 *
 * @param tally  counts the lines that are there
 * @throws UsageError where they belong to something else
 */
export async function openFileOutput(options: FileOutputOptions, identity: Identity, tally: Tally): Promise<Output> {
  const { path } = options
  const unlock = await lockOutput(path).catch(error => {
    if (error instanceof UsageError) throw error
    throw cannotWrite(path, error)
  })
  try {
    // Once more: a run may have begun, or ended, while the model was being loaded.
    await checkFileOutput(options)
    const at = await prepare(options, identity, tally)
    const file = await open(path, 'a').catch(error => {
      throw cannotWrite(path, error)
    })
    return fileOutput({ file, path, at, unlock })
  } catch (error) {
    await unlock()
    throw error
  }
}

/** @returns where the first line goes that is missing */
async function prepare({ path, resume, force }: FileOutputOptions, identity: Identity, tally: Tally): Promise<number> {
  const stateFile = stateFileOf(path)
  if (resume && !force && (await exists(path))) {
    await checkState(stateFile, identity, path)
    const at = await countLines(path, tally)
    await truncate(path, at)
    return at
  }
  // Never a new state beside an old output.
  await rm(path, { force: true })
  const part = `${stateFile}.part`
  await writeFile(part, `${JSON.stringify(identity)}\n`).catch(error => {
    throw cannotWrite(stateFile, error)
  })
  await rename(part, stateFile)
  return 0
}

const cannotWrite = (path: string, error: unknown, next = '') =>
  new CommandError(`${path} cannot be written (${describeError(error)}).${next}`, { cause: error })

interface OpenFile {
  readonly file: FileHandle
  readonly path: string
  /** Its size. */
  readonly at: number
  readonly unlock: () => Promise<void>
}

function fileOutput({ file, path, at, unlock }: OpenFile): Output {
  const stateFile = stateFileOf(path)
  let isOurs = true
  /** A lock does not hold everybody off: not another machine, nor who deletes the file. */
  const mustBeOurs = async () => {
    const { size, nlink } = await file.stat()
    if (size === at && nlink > 0) return
    isOurs = false
    throw new CommandError(`${path} was ${nlink > 0 ? 'written' : 'removed'} by others meanwhile. --force begins anew.`)
  }
  return {
    async write(text) {
      await mustBeOurs()
      await file.appendFile(text).catch(error => {
        throw cannotWrite(path, error, ' Its whole lines are good: mend that, then go on with --resume.')
      })
      at += Buffer.byteLength(text)
    },
    async finish() {
      await mustBeOurs()
      await file.datasync()
      await rm(stateFile)
    },
    async discard() {
      if (isOurs) await Promise.all([rm(path, { force: true }), rm(stateFile, { force: true })])
    },
    async close() {
      await file.close()
      await unlock()
    },
  }
}

async function checkState(stateFile: string, identity: Identity, path: string): Promise<void> {
  let state: Identity
  try {
    state = JSON.parse(await readFile(stateFile, 'utf8')) as Identity
  } catch (error) {
    throw new UsageError(`${stateFile} cannot be read (${describeError(error)}). --force begins anew.`)
  }
  const other = differingPart(identity, state)
  if (other === undefined) return
  throw new UsageError(`${path} was begun with another ${other}. Go on with that one, or begin anew with --force.`)
}

/** @returns the place behind the last whole line */
async function countLines(path: string, tally: Tally): Promise<number> {
  const cutter = new LineCutter()
  let end = 0
  let at = 0
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    const last = chunk.lastIndexOf(0x0a)
    if (last >= 0) end = at + last + 1
    at += chunk.length
    for (const line of cutter.push(chunk)) tally.count('text' in line ? line.text : '')
  }
  return end
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  )
