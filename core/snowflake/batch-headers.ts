import type { IncomingHttpHeaders } from 'node:http'
import { fail } from '../errors.js'
import { kindOf, parseMediaType } from '../media-type.js'
import { cut } from '../words.js'

const batchIdHeader = 'sf-external-function-query-batch-id'

/** What Snowflake says of its body, and what this host reads. */
const formats: readonly (readonly [header: string, only: string])[] = [
  ['sf-external-function-format', 'json'],
  ['sf-external-function-format-version', '1.0'],
]

/**
 * Reads the headers of a batch.
 *
 * @returns the batch's id, opaque; undefined where the caller is not Snowflake
 * @throws HostError REQUEST_INVALID
 * @see Snowflake documentation, external-functions-data-format
 */
export function readBatchId(headers: IncomingHttpHeaders): string | undefined {
  for (const [header, only] of formats) {
    const value = headers[header]
    if (value === undefined || String(value).trim().toLowerCase() === only) continue
    const problem = `${header} is "${cut(String(value))}", and this host reads ${only} only. Send ${only}, or leave the header out.`
    throw fail('REQUEST_INVALID', { problem })
  }
  const id = headers[batchIdHeader]
  return id === undefined || id === '' ? undefined : String(id)
}

/** @throws HostError REQUEST_INVALID */
export function requireBatchId(headers: IncomingHttpHeaders): string {
  const id = readBatchId(headers)
  if (id !== undefined) return id
  throw fail('REQUEST_INVALID', {
    problem: `${batchIdHeader} is missing. Send the one of the batch whose answer is asked for.`,
  })
}

/** @throws HostError MEDIA_TYPE_UNSUPPORTED where the body is no JSON in UTF-8 */
export function checkBatchType(contentType: string | undefined): void {
  const media = parseMediaType(contentType ?? '')
  const kind = media && kindOf(media.essence)
  const charset = media?.parameters.get('charset')?.toLowerCase() ?? 'utf-8'
  if ((kind === 'json' || kind === 'rows') && /^utf-?8$/.test(charset)) return
  throw fail('MEDIA_TYPE_UNSUPPORTED', { type: cut(contentType ?? '', 100), supported: ['application/json'] })
}
