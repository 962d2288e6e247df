import { createReadStream } from 'node:fs'
import { type FileHandle, open, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { describeError } from '../../core/errors.js'
import { CommandError, UsageError } from '../command.js'
import { differingPart, type Identity } from './identity.js'
import { LineCutter } from './lines.js'
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
  const { path, resume, force } = options
  const stateFile = stateFileOf(path)
  const isResumed = resume && !force && (await exists(path))
  if (isResumed) {
    await checkState(stateFile, identity, path)
    await truncate(path, await countLines(path, tally))
  } else {
    // Never a new state beside an old output.
    await rm(path, { force: true })
    const part = `${stateFile}.part`
    await writeFile(part, `${JSON.stringify(identity)}\n`).catch(error => {
      throw new CommandError(`${stateFile} cannot be written (${describeError(error)}).`, { cause: error })
    })
    await rename(part, stateFile)
  }
  const file = await open(path, 'a').catch(error => {
    throw new CommandError(`${path} cannot be written (${describeError(error)}).`, { cause: error })
  })
  return fileOutput(file, path, stateFile)
}

function fileOutput(file: FileHandle, path: string, stateFile: string): Output {
  return {
    async write(text) {
      await file.appendFile(text).catch(error => {
        const next = 'Its whole lines are good: mend that, then go on with --resume.'
        throw new CommandError(`${path} cannot be written (${describeError(error)}). ${next}`, { cause: error })
      })
    },
    async finish() {
      await file.datasync()
      await rm(stateFile)
    },
    async discard() {
      await Promise.all([rm(path, { force: true }), rm(stateFile, { force: true })])
    },
    close: () => file.close(),
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
