import { BroadcastChannel } from 'node:worker_threads'
import type { Test } from 'tap'

/** The test's side of the probe plugin's latches. */
export function createLatch(t: Pick<Test, 'teardown'>) {
  const channel = new BroadcastChannel('probe')
  const seen = new Map<string, number>()
  const waiting = new Set<() => void>()
  channel.onmessage = event => {
    const { here } = (event as { data: { here?: string } }).data
    if (here !== undefined) seen.set(here, (seen.get(here) ?? 0) + 1)
    for (const check of waiting) check()
  }
  t.teardown(() => channel.close())
  return {
    /** Resolves once this many predictions have said that they are at the latch of this name. */
    async arrived(name: string, count = 1): Promise<void> {
      await new Promise<void>(resolve => {
        const check = () => {
          if ((seen.get(name) ?? 0) < count) return
          waiting.delete(check)
          resolve()
        }
        waiting.add(check)
        check()
      })
    },
    open(name: string): void {
      channel.postMessage({ open: name })
    },
  }
}
