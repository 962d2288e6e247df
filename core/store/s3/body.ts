import type { Readable } from 'node:stream'
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3'
import { PassingError } from './errors.js'

/**
 * The bytes of an answer. Reading it to its end, or leaving the loop, ends the answer.
 *
 * @throws PassingError where it breaks off, or brings nothing for `limitMs` while somebody waits for it
 */
export async function* readBody(
  { Body }: GetObjectCommandOutput,
  limitMs: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const body = Body as Readable
  const stop = () => body.destroy(signal.reason)
  let timer: NodeJS.Timeout | undefined
  const watch = () => {
    timer = setTimeout(() => body.destroy(new PassingError(`no byte came for ${limitMs} ms`)), limitMs)
  }
  signal.addEventListener('abort', stop)
  try {
    if (signal.aborted) stop()
    watch()
    for await (const bytes of body) {
      clearTimeout(timer)
      yield bytes
      watch()
    }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
    body.destroy()
  }
}

/** Ends an answer whose body nobody wants. */
export function discard({ Body }: GetObjectCommandOutput): void {
  const body = Body as Readable
  body.on('error', () => {})
  body.destroy()
}
