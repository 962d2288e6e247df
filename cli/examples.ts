import type { Host } from '../core/host.js'
import type { PredictRequest } from '../core/lane-queue.js'
import { roundMs } from '../core/quantities.js'
import { formatTable, shorten } from './text.js'

/** A model's own examples, and what it answers to them. */

export interface AskedExample {
  readonly request: unknown
  /** Instead of it there is an `error`. */
  readonly response?: unknown
  readonly error?: { readonly code: string; readonly message: string }
  /** From the request to the answer; absent where nobody could be asked. */
  readonly ms?: number
}

/**
 * Asks a loaded model its examples, one after the other.
 *
 * @param examples  each as JSON
 */
export async function askExamples(
  host: Host,
  modelName: string,
  examples: readonly string[],
): Promise<readonly AskedExample[]> {
  const asked: AskedExample[] = []
  for (const example of examples) {
    const begunMs = performance.now()
    const outcome = await askModel(host, modelName, Buffer.from(example))
    asked.push({ request: JSON.parse(example), ...outcome, ms: roundMs(performance.now() - begunMs) })
  }
  return asked
}

/**
 * Asks a loaded model once.
 *
 * @param contentType  of the body; JSON by default
 */
export async function askModel(
  host: Host,
  modelName: string,
  body: Uint8Array,
  contentType?: string,
): Promise<Pick<AskedExample, 'response' | 'error'>> {
  const { exampleHead } = await import('../core/host.js')
  const head = contentType === undefined ? exampleHead : { ...exampleHead, contentType }
  const request: PredictRequest = { requestId: 'example', head, body }
  return new Promise((resolve, reject) => {
    host.models.invoke(modelName, request, (failure, answer) => {
      if (failure) return resolve({ error: { code: failure.code, message: failure.message } })
      try {
        resolve({ response: JSON.parse(Buffer.from(answer!.body).toString()) })
      } catch (error) {
        reject(error)
      }
    })
  })
}

/** A line an example: how long it took, the request, what was answered. */
export function formatExamples(asked: readonly AskedExample[]): string {
  const lines = asked.map(({ ms, request, response, error }) => [
    ms?.toFixed(1).padStart(5) ?? '',
    shorten(JSON.stringify(request)),
    error ? `${error.code}: ${error.message}` : shorten(JSON.stringify(response)),
  ])
  return formatTable([['   ms', 'request', 'answer'], ...lines])
}
