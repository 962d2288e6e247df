import type { EvaluateContext } from 'modelhost'
import type { Entity } from '../../_text/entities/tags.js'
import type { Refuse } from '../../_text/text-files.js'
import type { GoldCase } from './gold-case.js'

/** What of a request and its answer an evaluation needs. */
export type EntityRequest =
  | { readonly tokens: readonly (readonly string[])[] }
  | { readonly text: string; readonly offsets: 'utf16' }
export type EntityAnswer = readonly Entity[]

export interface Predicted {
  readonly goldCase: GoldCase
  /** In order. */
  readonly found: readonly Entity[]
}

// One request a sentence would spend more time on asking than on finding.
const tokensAtOnce = 2000

/** Asks the model for the names of each sentence or text, in order. */
export async function* predictCases<P, Q, R>(
  cases: readonly GoldCase[],
  context: Pick<EvaluateContext<P, Q, R>, 'predict'>,
  refuse: Refuse,
): AsyncGenerator<Predicted> {
  const ask = async (request: EntityRequest) => (await context.predict(request as Q)) as EntityAnswer
  for (const batch of batchesOf(cases)) {
    const [first] = batch
    if (typeof first!.asked === 'string') {
      yield { goldCase: first!, found: (await ask({ text: first!.asked, offsets: 'utf16' })).map(spanOf) }
    } else {
      const answer = await ask({ tokens: batch.map(({ asked }) => asked as readonly string[]) })
      yield* splitAnswer(batch, answer, refuse)
    }
  }
}

const spanOf = ({ label, start, end }: Entity): Entity => ({ label, start, end })

/** A text by itself, sentences of tokens together. */
function* batchesOf(cases: readonly GoldCase[]): Generator<readonly GoldCase[]> {
  let batch: GoldCase[] = []
  let tokens = 0
  for (const goldCase of cases) {
    batch.push(goldCase)
    tokens += goldCase.asked.length
    if (tokens < tokensAtOnce && typeof goldCase.asked !== 'string') continue
    yield batch
    batch = []
    tokens = 0
  }
  if (batch.length > 0) yield batch
}

/** Names whose places count tokens of all sentences, to those of each. */
function* splitAnswer(batch: readonly GoldCase[], answer: EntityAnswer, refuse: Refuse): Generator<Predicted> {
  let before = 0
  let next = 0
  for (const goldCase of batch) {
    const after = before + goldCase.asked.length
    const found: Entity[] = []
    for (; next < answer.length && answer[next]!.start < after; next++) {
      const { label, start, end } = answer[next]!
      if (start < before || end > after) {
        throw refuse(
          `the model answered a name of tokens ${start} to ${end} that is in no sentence (${goldCase.place}).`,
        )
      }
      found.push({ label, start: start - before, end: end - before })
    }
    yield { goldCase, found }
    before = after
  }
}
