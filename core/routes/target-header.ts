import type { IncomingMessage } from 'node:http'
import { fail } from '../errors.js'
import type { HostParts } from '../server.js'
import { cut } from '../words.js'

const header = 'x-amzn-sagemaker-target-model'
// A byte order mark stays: without it the target would be another spelling.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The model that a request means where its path names none: the target in its header, or the only one there is.
 *
 * @throws HostError TARGET_MISSING, TARGET_UNEXPECTED, TARGET_INVALID where the header is no text, or there are several
 */
export function chooseModel({ singleModel }: Pick<HostParts, 'singleModel'>, request: IncomingMessage): string {
  const target = readTarget(request)
  if (singleModel === undefined) {
    if (target === undefined) throw fail('TARGET_MISSING', {})
    return target
  }
  if (target !== undefined) throw fail('TARGET_UNEXPECTED', { target: cut(target, 200) })
  return singleModel
}

function readTarget({ headers, rawHeaders }: IncomingMessage): string | undefined {
  // Node's strings have one character a byte here, and several headers of this name are joined with a comma.
  const sent = headers[header] as string | undefined
  if (sent === undefined) return undefined
  if (sent.includes(',') && isRepeated(rawHeaders)) throw invalid(sent, 'comes in more than one header')
  if (isAscii(sent)) return sent
  try {
    return utf8.decode(Buffer.from(sent, 'latin1'))
  } catch {
    throw invalid(sent, 'is not valid UTF-8')
  }
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false
  return true
}

const isRepeated = (rawHeaders: readonly string[]) =>
  rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === header).length > 1

const invalid = (target: string, problem: string) => fail('TARGET_INVALID', { target: cut(target, 200), problem })
