import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatTable } from '../../../cli/text.js'
import { drawChart } from './chart.js'
import { csvLine } from './csv.js'
import { listSteps, openDatabase, type Table } from './database.js'

/** The first rows, as people read them. */
function showTable({ columns, rows }: Table, rowLimit: number): string {
  const shown = rows.slice(0, rowLimit).map(row => row.map(cell => (typeof cell === 'number' ? cell : `${cell ?? ''}`)))
  const more = rows.length - shown.length
  return formatTable([columns, ...shown]) + (more > 0 ? `  ... ${more} more\n` : '')
}

/**
 * Runs the files of `docs/tutorials/local` one after the other. What a question answers is printed, and written to
 * `folder` as CSV and, where there is a chart of it, as SVG.
 *
 * @param options.tweets     CSV of the archive, either column set, `.gz` or plain
 * @param options.entities   what `modelhost batch` made of it
 * @param options.minTweets  names in fewer tweets are left out of some answers; else what the files say
 */
export async function runTutorial(options: {
  tweets: string
  entities: string
  folder: string
  minTweets: number | undefined
  rowLimit: number
  print: (text: string) => void
}): Promise<void> {
  await mkdir(options.folder, { recursive: true })
  const database = await openDatabase()
  try {
    await database.setVariable('tweets', options.tweets)
    await database.setVariable('entities', options.entities)
    if (options.minTweets !== undefined) await database.setVariable('min_tweets', options.minTweets)
    for (const step of await listSteps()) {
      const table = await database.runStep(step).catch((cause: Error) => {
        throw new Error(`docs/tutorials/local/${step}.sql: ${cause.message}`, { cause })
      })
      options.print(`${step}\n${showTable(table, options.rowLimit)}\n`)
      const chart = await drawChart(step, table)
      if (chart === undefined) continue
      await writeFile(join(options.folder, `${step}.svg`), chart)
      await writeFile(join(options.folder, `${step}.csv`), [table.columns, ...table.rows].map(csvLine).join(''))
    }
  } finally {
    database.close()
  }
}
