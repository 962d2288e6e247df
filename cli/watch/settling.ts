/** Waits until writing has settled: builds write many files, one after the other. */
export interface Settling {
  /** A file has changed. */
  note(path: string): void
  /** Resolves once something has changed since the last `take`, and nothing for a while. */
  settled(): Promise<void>
  /** @returns what has changed, each file once; the first ones where they are many */
  take(): readonly string[]
}

const maxPaths = 100

export function createSettling(quietMs: number): Settling {
  const paths = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let settle: () => void = () => {}
  let settled: Promise<void>
  const begin = () => {
    paths.clear()
    settled = new Promise(resolve => {
      settle = resolve
    })
  }
  begin()
  return {
    note(path) {
      if (paths.size < maxPaths) paths.add(path)
      clearTimeout(timer)
      timer = setTimeout(() => settle(), quietMs)
    },
    settled: () => settled,
    take() {
      const taken = [...paths]
      clearTimeout(timer)
      begin()
      return taken
    },
  }
}
