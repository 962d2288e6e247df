import { type Static, Type } from 'modelhost'
import { offsetUnits } from '../_text/entities/offsets.js'

const offsets = Type.Enum([...offsetUnits], {
  description: 'What start and end count; instead of the param.',
})

const plainText = Type.Object({
  text: Type.String({ description: 'Plain text; may be empty.' }),
  offsets: Type.Optional(offsets),
})
const ownTokens = Type.Object({
  tokens: Type.Array(Type.Array(Type.String({ minLength: 1 })), {
    description: "The caller's own tokens: a list for each sentence.",
  }),
})

export const request = Type.Union([plainText, ownTokens])

/** What has the properties of both forms may fit one of them alone. */
export const isText = (request: object): request is Static<typeof plainText> =>
  typeof (request as { text?: unknown }).text === 'string'

export const response = Type.Array(
  Type.Object({
    text: Type.String({ description: 'As the text has it; of tokens, with a blank between.' }),
    label: Type.String({ description: 'What it is: PER, ORG, LOC, or what was learned.' }),
    start: Type.Integer({
      description: 'In the text; of tokens, the number of its first one, from 0, in all sentences.',
    }),
    end: Type.Integer({ description: 'Exclusive.' }),
    score: Type.Number({ description: 'How sure the model is: the chance that borders and label are right.' }),
  }),
  { description: 'The names in order.' },
)

export type FoundEntity = Static<typeof response>[number]
