import { definePlugin, Type } from 'modelhost'
import { type Codec, createCodec } from '../../core/codec.js'
import type { AnyPlugin } from '../../core/plugin.js'

const common = {
  name: 'Pairs',
  summary: 'For tests.',
  version: '1.0.0',
  params: Type.Object({}),
  response: Type.Any(),
  load: () => undefined,
  predict: () => undefined,
}

/** The codec of a plugin that has these requests and else nothing, but for what `rest` gives it. */
export const codecOf = (request: AnyPlugin['request'], rest: Partial<AnyPlugin> = {}, defaultAccept?: string): Codec =>
  createCodec(definePlugin({ ...common, request, ...rest }) as AnyPlugin, { maxBodyBytes: 10_000, defaultAccept })

export const bytesOf = (body: string | Uint8Array) => (typeof body === 'string' ? new TextEncoder().encode(body) : body)
