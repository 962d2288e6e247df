/**
 * Bytes + content type ⇄ instances and predictions. Runs in a lane.
 *
 *   body ─▶ decode: decompress, read text, cut ─▶ check ─▶ (predict) ─▶ encode, as the Accept header asks
 */
import { findProblem, fits, validatorOf } from './check.js'
import { createDecode, type Decode } from './decode.js'
import { createEncoder, type Encoder } from './encode.js'
import { defaultsFiller } from './instances.js'
import type { AnyPlugin } from './plugin.js'
import { describeSchema, describeShape, fieldsOf } from './words.js'

export type { Decoded } from './decode.js'

export interface CodecOptions {
  /** The answer's type where a caller takes any; ignored where the request cannot be answered so. */
  readonly defaultAccept?: string | undefined
  /** Bound on a body after decompression. */
  readonly maxBodyBytes: number
}

export interface Codec extends Encoder {
  readonly decode: Decode
  /** @returns what is wrong with an instance, for people; undefined when it fits the plugin's request schema */
  check(instance: unknown): string | undefined
}

/** The codec of one plugin; its checks are compiled once. */
export function createCodec(plugin: AnyPlugin, { defaultAccept, maxBodyBytes }: CodecOptions): Codec {
  const { request } = plugin
  const validator = validatorOf(request)
  const shape = describeShape(fieldsOf(request))
  const wanted = describeSchema(fieldsOf(request))

  function check(instance: unknown): string | undefined {
    if (fits(validator, instance)) return undefined
    const problem = findProblem(request, instance, 'The request')
    // Of a request that is no object at all, the problem has shown the shape already.
    return problem?.includes(wanted) ? problem : problem && `${problem} A request is ${shape}.`
  }

  const decode = createDecode(plugin, maxBodyBytes)
  const fill = defaultsFiller(request)
  const decodeFilled: Decode = (...given) => {
    const decoded = decode(...given)
    return fill ? { ...decoded, instances: decoded.instances.map(fill) } : decoded
  }

  return { decode: decodeFilled, check, ...createEncoder(plugin, defaultAccept) }
}
