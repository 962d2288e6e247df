/** Runs a bundled function as Lambda's runtime for Node.js does: one event at a time or several, JSON in, JSON out. */
type Handler = (event: unknown, context: object) => Promise<unknown>

interface Call {
  readonly id: number
  readonly event: unknown
  readonly remainingMs: number
}

const { handler } = (await import(process.argv[2]!)) as { handler: Handler }

process.on('message', async ({ id, event, remainingMs }: Call) => {
  const endMs = performance.now() + remainingMs
  const context = { awsRequestId: String(id), getRemainingTimeInMillis: () => endMs - performance.now() }
  const answer = await handler(event, context).then(
    result => ({ id, result }),
    (error: unknown) => ({ id, problem: String(error) }),
  )
  process.send!(answer)
})
process.send!('ready')
