import { readdir, readFile } from 'node:fs/promises'
import { DuckDBInstance } from '@duckdb/node-api'

type Cell = string | number | boolean | null

/** What the last statement of a file answers. */
export interface Table {
  columns: readonly string[]
  rows: readonly (readonly Cell[])[]
}

const sqlFolder = new URL('../../../../docs/tutorials/local/', import.meta.url)

/** The names of the files, `01-database` first, in the order they are run. */
export async function listSteps(): Promise<string[]> {
  const names = (await readdir(sqlFolder)).filter(name => name.endsWith('.sql'))
  return names.map(name => name.slice(0, -'.sql'.length)).sort()
}

/** Times, dates and the like are as SQL writes them; numbers above 2^53 stay strings. */
function toCell(value: unknown): Cell {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value
  return String(value)
}

/**
 * A database in memory. It fetches no extension: JSON and ICU, which knows the clocks of New York, are part of the
 * package.
 */
export async function openDatabase() {
  const instance = await DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  const connection = await instance.connect()

  async function run(sql: string): Promise<Table> {
    const result = await connection.runAndReadAll(sql)
    return { columns: result.columnNames(), rows: result.getRows().map(row => row.map(toCell)) }
  }

  return {
    run,
    /** Runs one of the files. */
    runStep: async (step: string) => run(await readFile(new URL(`${step}.sql`, sqlFolder), 'utf8')),
    /** Sets what the files read by `GETVARIABLE`. */
    async setVariable(name: 'tweets' | 'entities' | 'min_tweets', value: string | number) {
      const literal = typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`
      await connection.run(`SET VARIABLE ${name} = ${literal}`)
    },
    close() {
      connection.closeSync()
      instance.closeSync()
    },
  }
}
