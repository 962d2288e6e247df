/** What a host answered a test, as a value or as an error. */

/** An answer with a status of 400 or above. */
export class HostAnswerError extends Error {
  override readonly name = 'HostAnswerError'
  constructor(
    readonly status: number,
    /** Such as `REQUEST_INVALID`; see docs/errors.md. Empty where the answer has none. */
    readonly code: string,
    message: string,
  ) {
    super(message)
  }
}

/**
 * @returns JSON as its value, anything else as text
 * @throws HostAnswerError
 */
export async function readAnswer(response: Response, modelName: string): Promise<unknown> {
  const text = await response.text()
  const type = response.headers.get('content-type') ?? ''
  const value: unknown = /^application\/json\b/.test(type) ? JSON.parse(text) : text
  if (response.ok) return value
  const { code = '', message = text } = (value as { error?: { code?: string; message?: string } }).error ?? {}
  throw new HostAnswerError(response.status, code, `${modelName}: ${response.status} ${code}: ${message}`)
}
