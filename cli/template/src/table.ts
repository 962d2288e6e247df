import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'

export interface Row {
  readonly label: string
  readonly text: string
}

/** Makes the error that says what is wrong. */
type Refuse = (problem: string) => Error

/**
 * Reads labelled texts: CSV with the columns `label` and `text`.
 *
 * @param path  a file, or a folder of `.csv` files, which is what a training job of SageMaker has
 * @throws what `refuse` makes, naming the file, what is wrong and where
 */
export async function readRows(path: string, refuse: Refuse): Promise<Row[]> {
  if (!(await stat(path)).isDirectory()) return readTable(path, refuse)
  const names = (await readdir(path)).filter(name => name.endsWith('.csv')).sort()
  return (await Promise.all(names.map(name => readTable(join(path, name), refuse)))).flat()
}

async function readTable(path: string, refuse: Refuse): Promise<Row[]> {
  // Imported here and not above: only a training needs it, and a host should start without.
  const { parse } = await import('csv-parse/sync')
  const bytes = await readFile(path)
  let rows: Partial<Row>[]
  try {
    rows = parse(bytes, { columns: true, bom: true, skip_empty_lines: true, trim: true })
  } catch (error) {
    throw refuse(`${basename(path)} is no valid CSV: ${(error as Error).message}`)
  }
  return rows.map(({ label, text }, i) => {
    if (label && text) return { label, text }
    throw refuse(`row ${i + 1} of ${basename(path)} has no ${label ? 'text' : 'label'}. Each row needs both.`)
  })
}
