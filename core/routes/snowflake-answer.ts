import type { FastifyReply, FastifyRequest } from 'fastify'
import type { BatchAnswer } from '../snowflake/ask-model.js'
import { digest } from '../snowflake/digest.js'
import { choosePacking, pack } from '../snowflake/packing.js'
import { oneWriteBytes, serverTiming, timingHeader } from './invoke.js'

const asItIs = (payload: unknown) => payload as string

/** Sends the rows of an answer, packed where the caller takes that and it is worth it. */
export async function sendBatchAnswer(
  { raw }: FastifyRequest,
  reply: FastifyReply,
  { body, predictMs, loadMs }: BatchAnswer,
  withMd5: boolean,
): Promise<void> {
  const packing = choosePacking(raw.headers['accept-encoding'] as string | undefined, body.byteLength)
  const sent = packing ? await pack(body, packing) : body
  // Of what is sent, packed or not (RFC 1864).
  if (withMd5) reply.header('content-md5', await digest('md5', sent))
  if (packing) reply.header('content-encoding', packing)
  if (predictMs !== undefined) reply.header(timingHeader, serverTiming(predictMs, loadMs))
  reply.header('content-type', 'application/json').serializer(asItIs)
  const bytes = Buffer.from(sent.buffer, sent.byteOffset, sent.byteLength)
  reply.send(!packing && bytes.length <= oneWriteBytes ? bytes.toString() : bytes)
}
