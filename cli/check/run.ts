import { type CheckCase, missing, type Need, proofs, type Theme } from './case.js'
import type { Container, Given } from './container.js'
import { Fault, NotRun } from './fault.js'
import { seconds } from './wire.js'

interface Judged {
  readonly theme: string
  readonly case: CheckCase
  readonly ms: number
}

export type Result = Judged &
  (
    | { readonly outcome: 'passed' }
    | { readonly outcome: 'failed'; readonly fault: Pick<Fault, 'sent' | 'expected' | 'came'> }
    | { readonly outcome: 'not run'; readonly reason: string }
  )

interface RunOptions {
  readonly themes: readonly Theme[]
  /** Ids of cases that are left out. */
  readonly skip?: readonly string[]
  readonly signal?: AbortSignal
  readonly onResult?: (result: Result) => void
  /** Told of each model that could not be unloaded. */
  readonly onLeft?: (name: string) => void
}

/** A case makes many requests; one that waits for each is over by then. */
const requestsACase = 4

/**
 * Runs the cases one after the other, first those without a model, and unloads what each has loaded.
 *
 * @returns the results in the order of the cases
 * @throws the signal's reason, once all is unloaded
 */
export async function runChecks(container: Container, options: RunOptions): Promise<Result[]> {
  const { themes, skip = [], signal, onResult = () => {}, onLeft = () => {} } = options
  const all = themes.flatMap(({ name: theme, cases }) => cases.map(each => ({ theme, case: each })))
  const results = new Map<string, Result>()
  try {
    for (const each of inRunOrder(all)) {
      signal?.throwIfAborted()
      const { id, needs } = each.case
      const reason = skip.includes(id) ? 'left out by --skip' : whyNot(needs, id, container.given, results)
      const startMs = performance.now()
      const outcome = reason === undefined ? await judge(each.case, container, signal) : { outcome: notRun, reason }
      const result = { ...each, ...outcome, ms: performance.now() - startMs }
      results.set(id, result)
      if (outcome.outcome === 'failed' && proofs.request!.includes(id)) container.distrustRequest()
      onResult(result)
      await container.tidy()
    }
  } finally {
    for (const name of await container.leave()) onLeft(name)
  }
  return all.map(({ case: { id } }) => results.get(id)!)
}

const notRun = 'not run' as const

/** Before any load what needs none; then what shows that the artifact and the request are of use. */
function inRunOrder<T extends { readonly case: CheckCase }>(all: readonly T[]): T[] {
  const order = Object.values(proofs).flat()
  const rank = ({ case: { id, needs } }: T) => {
    if (needs.length === 0) return 0
    return order.includes(id) ? 1 + order.indexOf(id) : 1 + order.length
  }
  return all.toSorted((a, b) => rank(a) - rank(b))
}

function whyNot(
  needs: readonly Need[],
  id: string,
  given: Given,
  results: ReadonlyMap<string, Result>,
): string | undefined {
  const isGiven: Readonly<Record<Need, boolean>> = {
    model: given.modelUrl !== undefined,
    request: given.request !== undefined,
    other: given.otherUrl !== undefined,
    broken: given.brokenUrl !== undefined,
    fill: given.fill !== undefined,
  }
  const absent = needs.find(need => !isGiven[need])
  if (absent) return missing[absent]
  const unproven = needs
    .flatMap(need => proofs[need] ?? [])
    .find(proof => proof !== id && results.has(proof) && results.get(proof)!.outcome !== 'passed')
  return unproven === undefined ? undefined : `${unproven} has not passed`
}

async function judge(each: CheckCase, container: Container, signal: AbortSignal | undefined) {
  const limitMs = requestsACase * container.limits.requestMs
  let timer: NodeJS.Timeout | undefined
  let onAbort = () => {}
  const over = new Promise<never>((_, reject) => {
    const came = new Fault('all requests of the case', `their answers within ${seconds(limitMs)}`, 'not all of them')
    timer = setTimeout(() => reject(came), limitMs)
    onAbort = () => reject(signal!.reason)
    signal?.addEventListener('abort', onAbort, { once: true })
  })
  try {
    await Promise.race([each.run(container), over])
    return { outcome: 'passed' as const }
  } catch (error) {
    if (error instanceof NotRun) return { outcome: notRun, reason: error.message }
    if (!(error instanceof Fault)) throw error
    const { sent, expected, came } = error
    return { outcome: 'failed' as const, fault: { sent, expected, came } }
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  }
}
