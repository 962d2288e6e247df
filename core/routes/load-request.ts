import type { IncomingMessage } from 'node:http'
import { type BodyLimits, receiveBody } from '../body.js'
import { fail } from '../errors.js'
import { checkUrl } from '../params.js'
import type { Mode } from '../setting-table.js'
import { checkTarget } from '../store/target.js'

export const maxLoadBodyBytes = 65_536
/** A name in a path may take that, of the 32 KiB that a head may have. */
const maxNameBytes = 16_384

interface LoadRequest {
  readonly name: string
  readonly url: string
}

const shapes = {
  folder: '{"model_name": "...", "url": "/path/of/the/artifact"}',
  target: '{"model_name": "path/below/the/store"}',
}

/**
 * Receives and reads the body of `POST /models`. In standalone mode the name is a target; a `url`, where there is one, repeats it.
 *
 * @throws HostError BODY_MALFORMED, URL_INVALID, TARGET_INVALID, and those of `receiveBody`
 */
export async function readLoadRequest(request: IncomingMessage, limits: BodyLimits, mode: Mode): Promise<LoadRequest> {
  const malformed = (problem: string) =>
    fail('BODY_MALFORMED', { problem, expected: mode === 'standalone' ? shapes.target : shapes.folder })
  const bytes = await receive(request, limits).catch(error => {
    throw error.code === 'BODY_TOO_LARGE' ? malformed(`The body is larger than ${limits.maxBytes} bytes.`) : error
  })
  const { model_name: name, url } = readObject(bytes, malformed)
  if (typeof name !== 'string' || name === '') throw malformed('model_name is missing or not a non-empty string.')
  if (!name.isWellFormed() || encodeURIComponent(name).length > maxNameBytes) {
    throw malformed(`model_name is not valid Unicode, or longer than ${maxNameBytes} bytes in a URL.`)
  }
  if (mode === 'standalone') {
    checkTarget(name)
    if (url === undefined || url === name) return { name, url: name }
    throw malformed('url is not the same as model_name; models come from the store here.')
  }
  if (typeof url !== 'string') throw malformed('url is missing or not a string.')
  return { name, url: checkUrl(url) }
}

function receive(request: IncomingMessage, limits: BodyLimits): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    receiveBody(request, limits, (error, bytes, release) => {
      release()
      if (error) reject(error)
      else resolve(bytes)
    })
  })
}

function readObject(bytes: Uint8Array, malformed: (problem: string) => Error): Record<string, unknown> {
  if (bytes.length === 0) throw malformed('The body is empty.')
  let request: unknown
  try {
    request = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw malformed('The body is not valid JSON.')
  }
  if (typeof request !== 'object' || request === null || Array.isArray(request)) {
    throw malformed('The body is not a JSON object.')
  }
  return request as Record<string, unknown>
}
