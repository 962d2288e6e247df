import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { type LoadLog, readLoadLog } from './host-log.js'
import { startStore } from './host-process.js'
import { idealHitRate } from './ideal-lru.js'
import { residentBytes, type Watched, watch } from './watch-process.js'
import type { Sent, Traffic } from './zipf-clients.js'
import { type BadTarget, meanModelBytes, soundBody } from './zipf-store.js'

export interface ZipfRun {
  readonly store: string
  /** For the log. */
  readonly scratch: string
  readonly targets: readonly string[]
  readonly bad: readonly BadTarget[]
  /** Models that the budget holds. */
  readonly holds: number
  readonly clients: number
  readonly seconds: number
  readonly seed: number
}

export interface ZipfFigures {
  readonly requests: number
  readonly perSecond: number
  /** What was answered instead of 200, by code. */
  readonly goodFailures: Readonly<Record<string, number>>
  readonly badFailures: Readonly<Record<string, number>>
  /** Share of the requests to sound models that did not wait for a load. */
  readonly hitRate: number
  /** Share of them that began none; those who wait for the load of another count as hits, as in `idealRate`. */
  readonly noLoadRate: number
  readonly idealRate: number
  /** Sorted, at the client. */
  readonly hitMs: readonly number[]
  readonly coldMs: readonly number[]
  readonly budgetBytes: number
  readonly startRss: number
  readonly watched: Watched
  readonly log: LoadLog
}

/** Each bad target is asked for in one request of these. */
const badOneIn = 50

/** Starts a host over a store, has clients ask it, and stops it. */
export async function runZipf(run: ZipfRun): Promise<ZipfFigures> {
  const { store, scratch, targets, bad, seconds, clients, seed } = run
  const budgetBytes = Math.round(run.holds * meanModelBytes)
  const logFile = join(scratch, 'host.log')
  const flags = ['--memory-budget', String(budgetBytes), '--cache', join(scratch, 'cache')]
  const host = await startStore(store, logFile, ...flags)
  const startRss = await residentBytes(host.pid)
  const watching = watch(host)
  const all = [...targets.map(target => ({ target, body: soundBody })), ...bad]
  const sent = await sendFromProcess({
    url: host.url,
    clients,
    seconds,
    mix: { ranked: targets.length, extra: bad.length, oneIn: badOneIn, seed },
    requests: all.map(({ target, body }) => ({ path: `/models/${encodeURIComponent(target)}/invoke`, body })),
  })
  const watched = await watching.stop()
  await host.stop()
  const log = await readLoadLog(logFile)
  return { ...summarize(sent, targets, log, budgetBytes), budgetBytes, startRss, watched, log }
}

async function sendFromProcess(traffic: Traffic): Promise<Sent> {
  const child = fork(new URL('./zipf-clients.js', import.meta.url), { serialization: 'advanced' })
  child.send(traffic)
  const [sent] = (await once(child, 'message')) as [Sent]
  return sent
}

function summarize(sent: Sent, targets: readonly string[], log: LoadLog, budgetBytes: number) {
  const isSound = (target: number) => target < targets.length
  const order = sent.targets.filter(isSound)
  const hitMs: number[] = []
  const coldMs: number[] = []
  for (const [i, target] of sent.targets.entries()) {
    if (!isSound(target) || !sent.isGood[i]) continue
    if (Number.isNaN(sent.loadMs[i]!)) hitMs.push(sent.ms[i]!)
    else coldMs.push(sent.ms[i]!)
  }
  const bytesOf = (target: number) => log.bytesOf.get(targets[target]!) ?? meanModelBytes
  const soundLoads = log.loads - [...log.bytesOf.keys()].filter(name => !targets.includes(name)).length
  return {
    requests: sent.targets.length,
    perSecond: sent.targets.length / sent.seconds,
    goodFailures: byCode(sent, isSound),
    badFailures: byCode(sent, target => !isSound(target)),
    hitRate: hitMs.length / order.length,
    noLoadRate: 1 - soundLoads / order.length,
    idealRate: idealHitRate(order, bytesOf, budgetBytes),
    hitMs: hitMs.sort((a, b) => a - b),
    coldMs: coldMs.sort((a, b) => a - b),
  }
}

function byCode({ failures }: Sent, isWanted: (target: number) => boolean): Record<string, number> {
  const times: Record<string, number> = {}
  for (const { target, code, times: more } of failures) if (isWanted(target)) times[code] = (times[code] ?? 0) + more
  return times
}
