/** How a route says what it takes and answers. */
import type {} from '@fastify/swagger'
import type { FastifySchema } from 'fastify'
import type { TSchema } from 'typebox'

/** The chapters of the API. */
export const tags = {
  Health: 'Is the host there, and should it be asked?',
  Models: "SageMaker's multi-model contract: load, list, ask, unload.",
  Invocations: 'A model that no path names: the one there is, or the target that a header names.',
  'SageMaker Runtime': 'As the service answers, so that the clients of AWS work as they are.',
  Store: 'What could be loaded.',
  Snowflake: "Batches of rows from Snowflake's external functions and service functions.",
} as const

/** Some media types' bodies: of a request, or of an answer. */
interface Content {
  readonly [mediaType: string]: { readonly schema: TSchema | Readonly<Record<string, unknown>> }
}

/** An answer, by its status. */
export interface Answer {
  readonly description: string
  /** `null` where there is no body. */
  readonly type?: 'null'
  readonly content?: Content
  /** Name -> schema, with a description. */
  readonly headers?: Readonly<Record<string, TSchema>>
}

/** A route in the words of OpenAPI, as Fastify takes them. */
export interface RouteDescription extends FastifySchema {
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly tags: readonly [keyof typeof tags]
  readonly params?: TSchema
  readonly querystring?: TSchema
  readonly headers?: TSchema
  readonly body?: { readonly content: Content }
  readonly response: Readonly<Record<number, Answer>>
}

const nothing = () => undefined as never

/**
 * A route's options with its description. It is for those who read it: Fastify neither checks a request by it nor writes an
 * answer by it, as it has no functions made of it. What is right the handlers say, in the words of `core/errors.ts`.
 */
export const described = (schema: RouteDescription) => ({
  schema,
  validatorCompiler: nothing,
  serializerCompiler: nothing,
})

/**
 * An answer in JSON.
 *
 * @param examples  title -> one such answer
 */
export function answers(
  description: string,
  schema: TSchema | Readonly<Record<string, unknown>>,
  examples: Readonly<Record<string, unknown>> = {},
): Answer {
  const shown = Object.entries(examples).map(([title, value]) => [title, { value }])
  const content = { schema, ...(shown.length > 0 ? { examples: Object.fromEntries(shown) } : {}) }
  return { description, content: { 'application/json': content } }
}

/** A schema that stands among the components of the document. */
export const named = (name: string) => ({ $ref: `#/components/schemas/${name}` })
