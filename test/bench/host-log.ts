import { readFile } from 'node:fs/promises'

/** What the log lines of a host say of loads and evictions. */
export interface LoadLog {
  readonly loads: number
  readonly evictions: number
  readonly failures: number
  readonly restarts: number
  /** The most of any line. */
  readonly mostUsedBytes: number
  readonly bytesOf: ReadonlyMap<string, number>
  /** What loads took in the host, without their waiting for a turn, sorted. */
  readonly loadMs: readonly number[]
}

interface Line {
  readonly msg: string
  readonly model: string
  readonly cause: string
  readonly bytes: number
  readonly ms: number
  readonly usedBytes: number
}

export async function readLoadLog(file: string): Promise<LoadLog> {
  const lines = (await readFile(file, 'utf8'))
    .trim()
    .split('\n')
    .map((text): Line => JSON.parse(text))
  const loaded = lines.filter(({ msg }) => msg === 'model loaded')
  const unloaded = lines.filter(({ msg }) => msg === 'model unloaded')
  const count = (message: string) => lines.filter(({ msg }) => msg === message).length
  return {
    loads: loaded.length,
    evictions: unloaded.filter(({ cause }) => cause === 'eviction').length,
    failures: count('load failed'),
    restarts: count('lane restarted'),
    mostUsedBytes: [...loaded, ...unloaded].reduce((most, { usedBytes }) => Math.max(most, usedBytes), 0),
    bytesOf: new Map(loaded.map(({ model, bytes }) => [model, bytes])),
    loadMs: loaded.map(({ ms }) => ms).sort((a, b) => a - b),
  }
}
