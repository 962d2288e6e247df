import type { FastifyReply, FastifyRequest } from 'fastify'
import { fail, type HostError } from '../errors.js'
import type { Invocation } from '../invoker.js'
import type { RouteParts } from '../server.js'
import type { BatchAnswer, SettleBatch } from '../snowflake/ask-model.js'
import { checkBatchType, readBatchId, requireBatchId } from '../snowflake/batch-headers.js'
import { Batches } from '../snowflake/batches.js'
import { digest } from '../snowflake/digest.js'
import { receiveBatch } from '../snowflake/receive-batch.js'
import { type Accepted, Results } from '../snowflake/results.js'
import { Callers } from './callers.js'
import { sendBatchAnswer } from './snowflake-answer.js'

/** What a route makes of a batch. */
export interface BatchRoute {
  /** Of the request's path, decoded: the same for all spellings of a model. */
  readonly path: string
  /** @throws HostError where the batch cannot be answered, whatever is in it */
  expect(): void
  /** As `AskModel`. */
  ask(requestId: string, body: Uint8Array, settle: SettleBatch): Invocation
}

export interface BatchAnswering {
  /** Answers a POST. */
  answer(request: FastifyRequest, reply: FastifyReply, route: BatchRoute): void
  /** Answers a GET: what became of a batch that was accepted with 202. */
  poll(request: FastifyRequest, reply: FastifyReply, path: string): void
}

/**
 * The way of a batch: its body, read and hashed; then what was answered to it before, or the one that runs already, or its model.
 *
 *   POST ─▶ receive, unpack ─▶ hash ─▶ batches ─▶ ask ─▶ 200
 *                                         └─ after a time, where that is allowed ─▶ 202 ─▶ results ◀─ GET
 */
export function createBatchAnswering({ settings, held, open, isDraining }: RouteParts): BatchAnswering {
  const { snowflakeBatchBytes: maxBytes, snowflakeDigest: withMd5, snowflakeAsync, snowflakeAsyncAfterMs } = settings
  const batches = new Batches({ cacheBytes: settings.snowflakeCacheBytes, cacheMs: settings.snowflakeCacheMs })
  const results = snowflakeAsync
    ? new Results({ maxBytes: settings.snowflakeResultBytes, batchBytes: maxBytes })
    : undefined
  const limits = { maxBytes, held, open }
  const callers = new Callers()

  const send = (request: FastifyRequest, reply: FastifyReply, answer: BatchAnswer) => {
    sendBatchAnswer(request, reply, answer, withMd5).catch(error => reply.send(error))
  }

  async function answer(request: FastifyRequest, reply: FastifyReply, route: BatchRoute): Promise<void> {
    checkBatchType(request.sentContentType)
    const id = readBatchId(request.raw.headers)
    let refused: unknown
    try {
      route.expect()
    } catch (error) {
      // A batch that was answered before is answered, even if its model is gone.
      if (id === undefined) throw error
      refused = error
    }
    const { body, release } = await receiveBatch(request.raw, limits)
    try {
      const hash = id === undefined ? undefined : await digest('sha256', body)
      const place = id === undefined ? undefined : `${route.path}\0${id}`
      if (request.raw.socket.destroyed) throw fail('CALLER_GONE', {})
      const kept = place === undefined ? undefined : results?.find(place)
      if (kept?.outcome && 'answer' in kept.outcome && kept.hash === hash) {
        release()
        return send(request, reply, kept.outcome.answer)
      }
      let isMine = false
      const begin = (settle: SettleBatch) => {
        if (refused) throw refused
        isMine = true
        return route.ask(request.id, body, (error, answer) => {
          release()
          settle(error, answer)
        })
      }
      wait(request, reply, begin, place, hash)
      if (!isMine) release()
    } catch (error) {
      release()
      throw error
    }
  }

  /** @throws HostError as `begin` */
  function wait(
    request: FastifyRequest,
    reply: FastifyReply,
    begin: (settle: SettleBatch) => Invocation,
    place: string | undefined,
    hash: string | undefined,
  ): void {
    const { socket } = request.raw
    let invocation: Invocation | undefined
    let timer: NodeJS.Timeout | undefined
    let accepted: Accepted | undefined
    let isOver = false
    const leave = () => {
      isOver = true
      clearTimeout(timer)
      open.delete(giveUp)
      callers.delete(socket, caller)
    }
    const caller: Invocation = {
      cancel() {
        leave()
        invocation?.cancel()
      },
    }
    const settle: SettleBatch = (error, answer) => {
      if (accepted) results!.settle(accepted, error, answer)
      if (isOver) return
      leave()
      if (answer) send(request, reply, answer)
      else reply.send(error)
    }
    const giveUp = (error: HostError) => settle(error)
    const accept = () => {
      // What is accepted now would die with the host.
      if (isDraining()) return
      accepted = results!.accept(place!, hash!)
      if (!accepted) return
      leave()
      reply.code(202).send()
    }
    open.add(giveUp)
    try {
      invocation = batches.ask(place === undefined ? undefined : `${place}\0${hash}`, begin, settle)
    } catch (error) {
      leave()
      throw error
    }
    if (isOver) return
    callers.add(socket, caller)
    if (results && place !== undefined) timer = setTimeout(accept, snowflakeAsyncAfterMs)
  }

  function poll(request: FastifyRequest, reply: FastifyReply, path: string): void {
    const id = requireBatchId(request.raw.headers)
    const accepted = results!.find(`${path}\0${id}`)
    if (!accepted) throw fail('BATCH_UNKNOWN', { id: id.slice(0, 200) })
    const { outcome } = accepted
    if (!outcome) return void reply.code(202).send()
    if ('error' in outcome) throw outcome.error
    accepted.isFetched = true
    send(request, reply, outcome.answer)
  }

  return { answer: (...given) => void answer(...given).catch(error => given[1].send(error)), poll }
}
