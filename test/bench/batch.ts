import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { BatchReport } from '../../cli/batch/run.js'
import { GeneratedTexts } from './generated-texts.js'
import { median } from './wrk.js'

const rounds = 5
const command = fileURLToPath(new URL('../../../cli/modelhost.js', import.meta.url))
const run = promisify(execFile)

/**
 * `modelhost batch` as a process of its own: rows a second in one lane and in one a core, the whole time from start to
 * end, and the time until a filter has its first answer.
 *
 * @param args  a table, its column of texts, and an artifact; without them generated texts, and `tagger:en`
 */
export async function batch([table, column = 'text', artifact = 'tagger:en']: readonly string[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'modelhost-bench-'))
  try {
    const input = table ?? (await writeTexts(join(folder, 'texts.csv')))
    const output = join(folder, 'out.jsonl')
    const lanes = [...new Set([1, availableParallelism()])]
    const reports = new Map<number, { report: BatchReport; wholeSeconds: number }[]>(lanes.map(count => [count, []]))
    // In turn, so that what else the machine does meets both.
    for (let round = 0; round < rounds; round++) {
      for (const count of lanes) {
        const args = ['--input', input, '--column', column, '--output', output, '--lanes', String(count)]
        reports
          .get(count)!
          .push(await measure(['batch', artifact, ...args, '--force', '--json', '--log-level', 'warn']))
      }
    }
    const one = median(reports.get(1)!.map(({ report }) => report.rowsPerSecond))
    console.table(
      [...reports].map(([count, runs]) => {
        const rate = median(runs.map(({ report }) => report.rowsPerSecond))
        const { rows, bad } = runs[0]!.report
        return {
          lanes: count,
          rows,
          bad,
          'rows/s': Math.round(rate),
          'x one lane': Number((rate / one).toFixed(2)),
          's, start to end': Number(median(runs.map(({ wholeSeconds }) => wholeSeconds)).toFixed(2)),
        }
      }),
    )
    const firstMs: number[] = []
    for (let round = 0; round < rounds; round++) firstMs.push(await firstAnswerMs(artifact))
    console.log(`a filter's first answer: ${Math.round(median(firstMs))} ms after its start`)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function measure(args: readonly string[]) {
  const start = performance.now()
  const { stdout } = await run(process.execPath, [command, ...args])
  return { report: JSON.parse(stdout) as BatchReport, wholeSeconds: (performance.now() - start) / 1000 }
}

async function firstAnswerMs(artifact: string): Promise<number> {
  const start = performance.now()
  const child = spawn(process.execPath, [command, 'batch', artifact], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.write('"a text"\n')
  await once(child.stdout, 'data')
  const ms = performance.now() - start
  child.stdin.end()
  await once(child, 'close')
  return ms
}

async function writeTexts(path: string): Promise<string> {
  const texts = new GeneratedTexts(20_000)
  const rows = Array.from({ length: 30_000 }, (_, i) => `${i},"${texts.text(20)}, ${texts.text(5)}."\n`)
  await writeFile(path, `id,text\n${rows.join('')}`)
  return path
}
