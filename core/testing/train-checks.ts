/** Does a plugin's own `train` make artifacts that are worth something? */
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProblem } from '../check.js'
import type { AnyPlugin } from '../plugin.js'
import { type Checklist, Finding } from './checks.js'
import type { LocalModel } from './local-checks.js'
import { askHere, loadHere, readImage } from './local-lanes.js'
import { trainInto } from './train-artifact.js'

export interface TrainTest {
  /** Channel name -> path of its file or folder; `train` is always needed. */
  readonly channels: Readonly<Record<string, string>>
  readonly params?: Readonly<Record<string, unknown>>
  /** Threads that the training may use. Default: 1. */
  readonly threads?: number
  /** False where two runs need not make the same bytes. Default: true. */
  readonly isDeterministic?: boolean
}

/** @returns seconds that the first training took */
export async function checkTraining(
  list: Checklist,
  plugin: AnyPlugin,
  plugins: readonly string[],
  { asked, codec }: LocalModel,
  test: TrainTest,
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'modelhost-test-'))
  const order = { plugin: plugin.name, plugins, ...test }
  try {
    const first = join(folder, 'first')
    const startMs = performance.now()
    const seconds = await list.make('train', async () => {
      await trainInto(first, order)
      const seconds = (performance.now() - startMs) / 1000
      const resident = await loadHere(plugin, await readImage(plugin, first, 1), 0, codec)
      for (const { name, request } of asked) {
        const problem = plugin.encode?.['application/json']
          ? undefined
          : findProblem(plugin.response, await askHere(resident, request), 'The response')
        if (problem !== undefined) throw new Finding(`${name}, asked of the trained model: ${problem}`)
      }
      await plugin.unload?.(resident.model)
      return seconds
    })
    if (test.isDeterministic !== false) {
      await list.make('trainAgain', async () => {
        const difference = await findDifferentFile(first, await trainInto(join(folder, 'second'), order))
        if (difference !== undefined) throw new Finding(difference)
      })
    }
    return seconds
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function findDifferentFile(first: string, second: string): Promise<string | undefined> {
  const [files, others] = [await digestsOf(first), await digestsOf(second)]
  for (const name of new Set([...files.keys(), ...others.keys()])) {
    if (files.get(name) !== others.get(name)) return `other bytes in ${name}`
  }
  return undefined
}

async function digestsOf(folder: string): Promise<Map<string, string>> {
  const entries = (await readdir(folder)).map(async name => {
    const digest = createHash('sha256').update(await readFile(join(folder, name)))
    return [name, digest.digest('hex')] as const
  })
  return new Map(await Promise.all(entries))
}
