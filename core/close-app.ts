import type { FastifyInstance } from 'fastify'
import { describeError } from './errors.js'
import type { Log } from './plugin.js'

/** Hooks of plugins get so long at least. */
const leastMs = 1000

/**
 * Closes a server. What a plugin does in its `onClose` may throw, or never end: neither keeps a host from its end.
 *
 * @param limitMs  time for it, where that is more than a second
 */
export async function closeApp(app: FastifyInstance, log: Log, limitMs = 0): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>(resolve => {
    timer = setTimeout(resolve, Math.max(leastMs, limitMs), 'its hooks did not come to their end in time')
  })
  const closed = app.close().then(() => undefined, describeError)
  const problem = await Promise.race([closed, late])
  clearTimeout(timer)
  if (problem !== undefined) log.error({ problem }, 'a plugin could not be closed')
}
