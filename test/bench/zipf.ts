import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { percentile } from './percentile.js'
import { runZipf, type ZipfFigures } from './zipf-run.js'
import { addBadOnes, fillStore } from './zipf-store.js'

const artifacts = 2000
const holds = 100
const clients = 64
const megabyte = 1e6

/**
 * Zipf traffic over a store, with a budget that holds a twentieth of it; then the same with bad artifacts in the mix.
 *
 * @param args  seconds of each part (60), and `archives` for a store of tar.gz instead of folders
 */
export async function zipf(args: readonly string[]): Promise<void> {
  const seconds = Number(args.find(arg => Number(arg) > 0) ?? 60)
  const form = args.includes('archives') ? 'archives' : 'folders'
  const scratch = await mkdtemp(join(tmpdir(), 'modelhost-bench-'))
  try {
    const store = join(scratch, 'store')
    await mkdir(store)
    const targets = await fillStore(store, artifacts, 1, form)
    const bad = await addBadOnes(store, form)
    const common = { store, scratch, targets, holds, clients, seconds, seed: 1 }
    console.log(`${artifacts} ${form} of 0.2 to 1 MB, a budget for ${holds}, ${clients} clients, ${seconds} s`)
    print('sound artifacts alone', await runZipf({ ...common, bad: [] }))
    print('with three bad ones, each in 1 of 50 requests', await runZipf({ ...common, bad }))
  } finally {
    await rm(scratch, { recursive: true })
  }
}

function print(title: string, figures: ZipfFigures): void {
  const { requests, perSecond, goodFailures, badFailures, hitRate, noLoadRate, idealRate } = figures
  const { hitMs, coldMs, budgetBytes, startRss, watched, log } = figures
  const percent = (share: number) => `${(share * 100).toFixed(1)}%`
  const at = (times: readonly number[]) =>
    `p50 ${percentile(times, 0.5).toFixed(1)}, p99 ${percentile(times, 0.99).toFixed(1)} ms`
  const MB = (bytes: number) => `${(bytes / megabyte).toFixed(1)} MB`
  const codes = (times: Readonly<Record<string, number>>) =>
    Object.entries(times)
      .map(([code, count]) => `${code} x ${count}`)
      .join(', ') || 'none'
  console.log(`
${title}
  ${requests} requests, ${perSecond.toFixed(0)} a second, ${(watched.cpuMs / requests).toFixed(2)} ms of CPU each; errors of sound models: ${codes(goodFailures)}; of bad ones: ${codes(badFailures)}
  did not wait for a load: ${percent(hitRate)}; began no load: ${percent(noLoadRate)}; an ideal LRU: ${percent(idealRate)}
  hits ${at(hitMs)}; cold ${at(coldMs)}; loads in the host ${at(log.loadMs)}; the main thread answers in ${at(watched.pingMs)}, at most ${watched.pingMs.at(-1)!.toFixed(0)}
  ${log.loads} loads, ${log.evictions} evictions, ${log.failures} failed loads, ${log.restarts} restarts of lanes
  at most ${MB(log.mostUsedBytes)} used of ${MB(budgetBytes)}; RSS ${MB(startRss)} at start, at most ${MB(watched.peakRss)}: ${MB(watched.peakRss - startRss - budgetBytes)} above start and budget`)
}
