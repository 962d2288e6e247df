/** Content-Type and Accept, read once for each value that clients send. */

/** What a body can be, by what its instances are cut from. */
export type BodyKind = 'text' | 'csv' | 'json' | 'jsonlines' | 'rows'

export const typeOfKind: Readonly<Record<BodyKind, string>> = {
  text: 'text/plain',
  csv: 'text/csv',
  json: 'application/json',
  jsonlines: 'application/jsonlines',
  rows: 'application/vnd.modelhost.rows+json',
}

const kinds: ReadonlyMap<string, BodyKind> = new Map([
  ['text/plain', 'text'],
  ['text/csv', 'csv'],
  ['application/csv', 'csv'],
  ['application/json', 'json'],
  ['text/json', 'json'],
  ['application/jsonlines', 'jsonlines'],
  ['application/jsonl', 'jsonlines'],
  ['application/x-jsonlines', 'jsonlines'],
  ['application/x-ndjson', 'jsonlines'],
  ['application/ndjson', 'jsonlines'],
  ['application/vnd.modelhost.rows+json', 'rows'],
])

/** @returns what a media type without parameters is read as; undefined for one that the host does not know */
export function kindOf(essence: string): BodyKind | undefined {
  return kinds.get(essence) ?? (essence.endsWith('+json') ? 'json' : undefined)
}

export interface MediaType {
  /** `type/subtype`, lower-case. */
  readonly essence: string
  readonly parameters: ReadonlyMap<string, string>
}

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const parameterPattern = /\s*;\s*(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*)))?/gy

/**
 * @param header  the value of a Content-Type header
 * @returns undefined where it is no media type
 * @see RFC 9110, 8.3.1
 */
export function parseMediaType(header: string): MediaType | undefined {
  const end = header.indexOf(';')
  const essence = (end < 0 ? header : header.slice(0, end)).trim().toLowerCase()
  const [type, subtype, ...rest] = essence.split('/')
  if (!type || !subtype || rest.length > 0 || !token.test(type) || !token.test(subtype)) return undefined
  const parameters = new Map<string, string>()
  if (end < 0) return { essence, parameters }
  const tail = header.slice(end).trimEnd()
  parameterPattern.lastIndex = 0
  for (let at = 0; at < tail.length; at = parameterPattern.lastIndex) {
    const found = parameterPattern.exec(tail)
    if (!found) return undefined
    const [, name, quoted, plain] = found
    if (name !== undefined) parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '')
  }
  return { essence, parameters }
}

interface AcceptRange {
  readonly type: string
  readonly quality: number
}

function parseAccept(header: string): AcceptRange[] {
  const ranges = header.split(',').map(part => {
    const [type = '', ...parameters] = part.split(';').map(piece => piece.trim().toLowerCase())
    const q = parameters.find(parameter => /^q\s*=/.test(parameter))
    const quality = q === undefined ? 1 : Number(q.slice(q.indexOf('=') + 1))
    const kind = kinds.get(type)
    // Java's HttpURLConnection sends a lone *.
    return {
      type: kind ? typeOfKind[kind] : type === '*' ? '*/*' : type,
      quality: quality >= 0 && quality <= 1 ? quality : 0,
    }
  })
  return ranges.filter(({ type }) => type !== '')
}

/** 3 for the type itself, 2 for `text/*`, 1 for any, 0 for another one. */
function specificity(range: string, type: string): number {
  if (range === type) return 3
  if (range === '*/*') return 1
  return range.endsWith('/*') && type.startsWith(range.slice(0, -1)) ? 2 : 0
}

/**
 * Chooses the type of an answer.
 *
 * @param offered  types that can be made, the best first
 * @returns the offered type that the header wants most; between equals, the one it names first
 * @see RFC 9110, 12.5.1
 */
export function negotiate(header: string, offered: readonly string[]): string | undefined {
  const ranges = parseAccept(header)
  const qualityOf = (type: string) => {
    let best: AcceptRange | undefined
    for (const range of ranges) {
      if (specificity(range.type, type) > (best ? specificity(best.type, type) : 0)) best = range
    }
    return best?.quality ?? 0
  }
  for (const { type: range, quality } of ranges.toSorted((a, b) => b.quality - a.quality)) {
    const match = offered.find(type => specificity(range, type) > 0 && qualityOf(type) === quality && quality > 0)
    if (match !== undefined) return match
  }
  return undefined
}

/** A map that forgets all when full: what clients send is a handful of values, what an attacker sends is not. */
export class SmallCache<V> {
  readonly #entries = new Map<string, V>()

  get(key: string, make: (key: string) => V): V {
    let value = this.#entries.get(key)
    if (value === undefined) {
      value = make(key)
      if (this.#entries.size >= 64) this.#entries.clear()
      if (key.length <= 256) this.#entries.set(key, value)
    }
    return value
  }
}
