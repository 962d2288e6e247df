import { createHash, timingSafeEqual } from 'node:crypto'
import { unwatchFile, watchFile } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { describeError, fail } from './errors.js'
import type { Log } from './plugin.js'

const minLength = 16
const checkMs = 1000

/** The bearer tokens of a file. */
export interface Tokens {
  /** Takes the same time whatever is wrong with a token. */
  accepts(token: string): boolean
  close(): void
}

/**
 * Reads a file of tokens, one a line; blank lines and those that begin with # are left out. It is read again when it changes;
 * what cannot be used then is logged, and the tokens stay as they are.
 *
 * @throws HostError CONFIG_INVALID, naming the file and what is wrong
 */
export async function readTokens(path: string, log: Log): Promise<Tokens> {
  let digests: Buffer[] = []
  let isRead = false
  const reload = () => {
    readDigests(path).then(
      read => {
        digests = read
        log.info({ path, tokens: read.length }, 'tokens read again')
      },
      error => {
        // Told of a file that is not there, too; then there are no old ones, and the start says what is wrong.
        if (isRead) log.error({ path, problem: describeError(error) }, 'tokens not read again; the old ones stay')
      },
    )
  }
  // Asks for the time of the file, as a watch of the file itself would be lost when another takes its place.
  watchFile(path, { persistent: false, interval: checkMs }, reload)
  const close = () => unwatchFile(path, reload)
  try {
    // Once it is watched: no change is missed.
    digests = await readDigests(path)
    isRead = true
  } catch (error) {
    close()
    throw error
  }
  return {
    accepts(token) {
      const digest = digestOf(token)
      let isKnown = false
      for (const known of digests) if (timingSafeEqual(known, digest)) isKnown = true
      return isKnown
    },
    close,
  }
}

/** Of one length, so that they can be compared in one time. */
const digestOf = (token: string) => createHash('sha256').update(token).digest()

async function readDigests(path: string): Promise<Buffer[]> {
  const invalid = (problem: string, cause?: unknown) =>
    fail('CONFIG_INVALID', { setting: `--token-file ${path}`, problem }, cause)
  const text = await readFile(path, 'utf8').catch(error => {
    throw invalid(`cannot be read (${error.code}). Name a file that the host may read.`, error)
  })
  const digests: Buffer[] = []
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const token = line.trim()
    if (token === '' || token.startsWith('#')) continue
    const where = `line ${i + 1}`
    if (!/^[\x21-\x7e]*$/.test(token))
      throw invalid(`${where} has a blank, or what is not ASCII. Write one token a line.`)
    if (token.length < minLength) throw invalid(`${where} has less than ${minLength} characters. Use longer tokens.`)
    digests.push(digestOf(token))
  }
  if (digests.length === 0) throw invalid('has no token. Write at least one, each on a line of its own.')
  return digests
}
