import { parentPort } from 'node:worker_threads'
import { artifactReader } from './artifact-reader.js'
import { describeError, fail, isHostError } from './errors.js'
import { collectGarbage } from './garbage.js'
import type { LoaderAnswer, LoaderCall } from './loader.js'

/** The loader's thread: reads files, so that the main thread never waits for a disk. */
parentPort!.on('message', ({ id, method, args }: LoaderCall) => {
  let answer: LoaderAnswer
  try {
    const value =
      method === 'collect' ? collectGarbage() : (artifactReader[method] as (...all: unknown[]) => unknown)(...args)
    answer = { id, ok: true, value }
  } catch (error) {
    const { code, message } = isHostError(error) ? error : fail('INTERNAL', { problem: describeError(error) }, error)
    answer = { id, ok: false, code, message }
  }
  parentPort!.postMessage(answer)
})
