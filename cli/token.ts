import { readFile } from 'node:fs/promises'
import { UsageError } from './command.js'

/** For a host whose predictions are guarded. */
export const tokenFileOption = {
  value: 'FILE',
  description: "Of a host at URL that asks for tokens: a file with one, as the host's own --token-file.",
} as const

/**
 * The first token of a file as a host reads it: one a line, `#` begins a comment.
 *
 * @throws UsageError naming the file
 */
export async function readToken(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`--token-file ${path} cannot be read (${error.code ?? error.message}).`)
  })
  const token = text
    .split('\n')
    .map(line => line.trim())
    .find(line => line !== '' && !line.startsWith('#'))
  if (token === undefined) throw new UsageError(`--token-file ${path} has no token. Write one into it, on a line.`)
  // What a header cannot carry must not end the run with Node's words.
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new UsageError(`--token-file ${path}: a token is of visible ASCII characters.`)
  return token
}
