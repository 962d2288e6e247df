import { setTimeout } from 'node:timers/promises'
import { load, memoryOf, type ServerProcess, unload } from './host-process.js'
import { median } from './wrk.js'

const loads = 21
const copies = 10

/** Milliseconds of a load, and bytes that a loaded model takes (PSS). @returns medians, of some loads and copies */
export async function measureLoad({ url, pid }: ServerProcess, folder: string): Promise<{ ms: number; bytes: number }> {
  const times: number[] = []
  for (let i = 0; i < loads; i++) {
    const startMs = performance.now()
    await load(url, 'm', folder)
    // The first load imports the plugin into its lane.
    if (i > 0) times.push(performance.now() - startMs)
    await unload(url, 'm')
  }
  // What was unloaded is given back shortly after the last unload.
  await setTimeout(500)
  const before = (await memoryOf(pid)).pss
  for (let i = 0; i < copies; i++) await load(url, `copy-${i}`, folder)
  const bytes = ((await memoryOf(pid)).pss - before) / copies
  for (let i = 0; i < copies; i++) await unload(url, `copy-${i}`)
  return { ms: median(times), bytes }
}

export const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(2)
