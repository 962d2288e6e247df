/**
 * A batch that gets no rows. Snowflake repeats it after 429 and 5xx, more slowly after 429; any other status ends its
 * query and shows the message.
 *
 * @see Snowflake, External functions: Best practices, Retries
 */
export class Refusal extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.name = 'Refusal'
    this.status = status
    this.code = code
  }
}

/** What stands for the prediction of one row that has none, as JSON: the same as a modelhost host answers. */
export const rowError = (code: string, message: string): string => JSON.stringify({ error: { code, message } })
