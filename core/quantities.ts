/** Sizes as people write them. */

const units: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['b', 1],
  ['kb', 1e3],
  ['mb', 1e6],
  ['gb', 1e9],
  ['tb', 1e12],
  ['kib', 2 ** 10],
  ['mib', 2 ** 20],
  ['gib', 2 ** 30],
  ['tib', 2 ** 40],
])

/** @returns bytes of `4096`, `64MB`, `1.5 GiB`; undefined for what is no size */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim())
  const unit = match && units.get(match[2]!.toLowerCase())
  return match && unit !== undefined && unit !== null ? Math.round(Number(match[1]) * unit) : undefined
}

/** `23.5 GiB`, `256 MiB`, `500 bytes` */
export function formatBytes(bytes: number): string {
  for (const [unit, size] of [
    ['GiB', 2 ** 30],
    ['MiB', 2 ** 20],
    ['KiB', 2 ** 10],
  ] as const) {
    if (bytes >= size) return `${Number((bytes / size).toFixed(1))} ${unit}`
  }
  return `${bytes} bytes`
}

/** To microseconds: the rest is noise in what people read. */
export const roundMs = (ms: number): number => Math.round(ms * 1000) / 1000
