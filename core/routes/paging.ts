import { fail } from '../errors.js'

const defaultLimit = 100
const maxLimit = 1000
const prefix = 'after '

/**
 * What a caller asks of a list that comes in pages: `limit` and `next_page_token`.
 *
 * @param place  makes of a token's text where to go on; undefined for what no page ended with
 * @throws HostError QUERY_INVALID
 */
export function readPageQuery<P>(
  query: unknown,
  place: (text: string) => P | undefined,
): { after: P | undefined; limit: number } {
  const { next_page_token: token, limit } = query as Record<string, unknown>
  const count = limit === undefined ? defaultLimit : Number(limit)
  if (typeof limit === 'object' || !Number.isInteger(count) || count < 1 || count > maxLimit) {
    throw fail('QUERY_INVALID', { parameter: 'limit', problem: `must be an integer from 1 to ${maxLimit}.` })
  }
  if (token === undefined || token === '') return { after: undefined, limit: count }
  const text = readToken(token)
  const after = text === undefined ? undefined : place(text)
  if (after !== undefined) return { after, limit: count }
  throw fail('QUERY_INVALID', {
    parameter: 'next_page_token',
    problem: 'is not a token of this list. Send nextPageToken as it was received.',
  })
}

/** Where a list goes on, as callers get it: opaque to them. */
export function writeToken(place: string): string {
  return Buffer.from(prefix + place).toString('base64url')
}

function readToken(token: unknown): string | undefined {
  if (typeof token !== 'string') return undefined
  const text = Buffer.from(token, 'base64url').toString()
  // Only what `writeToken` can have made.
  return text.startsWith(prefix) && Buffer.from(text).toString('base64url') === token
    ? text.slice(prefix.length)
    : undefined
}
