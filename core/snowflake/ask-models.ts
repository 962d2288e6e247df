/** A batch whose rows name their models: split, each model asked, and the answers joined. */
import { setImmediate as breath } from 'node:timers/promises'
import { describeError, fail, type HostError, isHostError } from '../errors.js'
import { errorBody } from '../http-errors.js'
import type { Invocation } from '../invoker.js'
import { alone } from './alone.js'
import type { AskModel, SettleBatch } from './ask-model.js'
import { PagesWriter, pieceOf } from './pages.js'
import type { RowsThread } from './rows-thread.js'
import type { Split } from './split.js'

export interface AskModelsParts {
  readonly askModel: AskModel
  readonly thread: RowsThread
  /** Models asked at the same time. */
  readonly atOnce: number
  /** Of the answer. */
  readonly maxBytes: number
}

/** Errors that say "later", of the body, or of the host: the batch as a whole has them. All others are their rows'. */
const isOfBatch = ({ code, status }: HostError) =>
  status === 429 || status === 503 || ['STORE_UNAVAILABLE', 'BODY_MALFORMED', 'INTERNAL'].includes(code)

/** Answers are held until the last one is there: so many bytes of them, as a multiple of what the batch's may have. */
const heldAnswers = 4
/** Asked before others have their turn: an error costs a stack trace. */
const askedInOneGo = 16

/**
 * Asks the models that the rows of a body name.
 *
 * @param settle  called once, and never before this returns
 */
export function askModels(parts: AskModelsParts, requestId: string, body: Uint8Array, settle: SettleBatch): Invocation {
  const asked: Asked = { running: new Set(), error: undefined, stop: () => {} }
  run(parts, requestId, body, asked).then(
    answer => settle(undefined, { body: answer }),
    error => settle(isHostError(error) ? error : fail('INTERNAL', { problem: describeError(error) }, error)),
  )
  return { cancel: () => giveUp(asked, fail('CALLER_GONE', {})) }
}

interface Asked {
  readonly running: Set<Invocation>
  /** Why the batch as a whole fails. */
  error: HostError | undefined
  stop: () => void
}

function giveUp(asked: Asked, error: HostError): void {
  asked.error ??= error
  for (const invocation of asked.running) invocation.cancel()
  asked.running.clear()
  asked.stop()
}

async function run({ thread, ...parts }: AskModelsParts, requestId: string, body: Uint8Array, asked: Asked) {
  const split = await thread.split(body)
  const answers = new PagesWriter(split.groups)
  const isError = new Uint8Array(split.groups)
  let heldBytes = 0
  const putError = (group: number, error: HostError) => {
    isError[group] = 1
    answers.put(group, Buffer.from(JSON.stringify(errorBody(error))))
  }
  const take: TakeAnswer = (group, error, answer) => {
    if (error) return putError(group, error)
    const { length } = answer!
    heldBytes += length
    if (heldBytes <= heldAnswers * parts.maxBytes) return answers.put(group, answer!)
    putError(group, fail('ANSWER_TOO_LARGE', { answerBytes: heldBytes, limitBytes: parts.maxBytes }))
  }
  await askEach(parts, requestId, split, asked, take)
  if (asked.error) throw asked.error
  return thread.join({ plan: split.plan, answers: answers.end(), isError, maxBytes: parts.maxBytes })
}

type TakeAnswer = (group: number, error: HostError | undefined, answer: Uint8Array | undefined) => void

async function askEach(
  { askModel, atOnce }: Pick<AskModelsParts, 'askModel' | 'atOnce'>,
  requestId: string,
  { groups, models, bodies }: Split,
  asked: Asked,
  take: TakeAnswer,
): Promise<void> {
  for (let group = 0; group < groups && !asked.error; group++) {
    if (group % askedInOneGo === askedInOneGo - 1) await breath()
    while (asked.running.size >= atOnce && !asked.error) await oneIsDone(asked)
    if (asked.error) return
    const model = Buffer.from(pieceOf(models, group)).toString()
    // A large one may be handed over; others are parts of a page.
    const body = alone(pieceOf(bodies, group))
    try {
      const invocation = askModel(model, requestId, body, (error, answer) => {
        asked.running.delete(invocation)
        if (error && isOfBatch(error)) giveUp(asked, error)
        else take(group, error, answer?.body)
        asked.stop()
      })
      asked.running.add(invocation)
    } catch (error) {
      if (!isHostError(error)) throw error
      if (isOfBatch(error)) giveUp(asked, error)
      else take(group, error, undefined)
    }
  }
  while (asked.running.size > 0 && !asked.error) await oneIsDone(asked)
}

/** Resolves when a model has answered, or the batch is given up. */
const oneIsDone = (asked: Asked) =>
  new Promise<void>(resolve => {
    asked.stop = resolve
  })
