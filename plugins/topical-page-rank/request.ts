import { type Static, Type } from 'modelhost'

const top = Type.Optional(
  Type.Integer({ minimum: 1, maximum: 10_000, description: 'Keyphrases to answer, at most; instead of max_count.' }),
)
const explain = Type.Optional(
  Type.Boolean({ description: 'Also answer tokens with their tags, all candidates, and the topics of the text.' }),
)
const tagged = Type.Tuple([Type.String(), Type.String({ minLength: 1, maxLength: 32 })])

const text = Type.Object({ text: Type.String({ description: 'Plain text; may be empty.' }), top, explain })
const sentences = Type.Object({
  sentences: Type.Array(Type.Array(Type.Union([Type.String(), tagged])), {
    description: 'Sentences as lists of words, or of [word, tag] where tags are known.',
  }),
  top,
  explain,
})

export const request = Type.Union([text, sentences])

/** What has the properties of both forms may fit one of them alone. */
export const isText = (request: object): request is Static<typeof text> =>
  typeof (request as { text?: unknown }).text === 'string'

const keyphrases = Type.Array(Type.Tuple([Type.String(), Type.Number()]), {
  description: '[phrase, score], best first.',
})

export const response = Type.Union([
  keyphrases,
  Type.Object({
    keyphrases,
    tokens: Type.Array(
      Type.Object({
        text: Type.String(),
        tag: Type.String(),
        start: Type.Optional(Type.Integer({ description: 'In the text, in UTF-16 units; absent for words as sent.' })),
        end: Type.Optional(Type.Integer({ description: 'Exclusive.' })),
      }),
    ),
    candidates: Type.Array(
      Type.Object({
        phrase: Type.String(),
        score: Type.Number(),
        occurrences: Type.Array(Type.Integer(), { description: 'The number of the first token of each, from 0.' }),
      }),
      { description: 'All of them, best first.' },
    ),
    topics: Type.Array(Type.Tuple([Type.Integer(), Type.Number()]), {
      description: '[number, share], largest first; those of at least 0.01.',
    }),
  }),
])

export type Request = Static<typeof request>
export type Response = Static<typeof response>
export type Explanation = Exclude<Response, readonly unknown[]>
export type Word = string | [string, string]
