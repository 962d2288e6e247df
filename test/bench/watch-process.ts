import { readFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { KeptConnection } from './kept-connection.js'

const everyMs = 50
const pageBytes = 4096
const tickMs = 10

export interface Watched {
  /** Of all samples, bytes. */
  readonly peakRss: number
  /** What an answer of the main thread alone took, sorted. */
  readonly pingMs: readonly number[]
  /** Of all its threads. Other than times, it says the same on a busy machine. */
  readonly cpuMs: number
}

/** Looks at a server until told to stop: its memory, and whether its main thread answers. Linux only. */
export function watch({ url, pid }: { url: string; pid: number }): { stop(): Promise<Watched> } {
  const rss: number[] = []
  const pingMs: number[] = []
  let isOver = false
  const watching = (async () => {
    const startMs = await cpuMsOf(pid)
    const connection = new KeptConnection(new URL(url))
    while (!isOver) {
      rss.push(await residentBytes(pid))
      const startMs = performance.now()
      // Nothing is posted there; the answer, that it is not allowed, costs as much as a ping.
      await connection.post('/ping', '')
      pingMs.push(performance.now() - startMs)
      await setTimeout(everyMs)
    }
    connection.close()
    return (await cpuMsOf(pid)) - startMs
  })()
  return {
    async stop() {
      isOver = true
      const cpuMs = await watching
      return { peakRss: Math.max(...rss), pingMs: pingMs.sort((a, b) => a - b), cpuMs }
    },
  }
}

/** Cheaper to ask than `smaps_rollup`, which holds the process up. */
export async function residentBytes(pid: number): Promise<number> {
  const [, pages] = (await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ')
  return Number(pages) * pageBytes
}

async function cpuMsOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8')
  // After the name, which may hold anything: state, then ten fields, then user and system time.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * tickMs
}
