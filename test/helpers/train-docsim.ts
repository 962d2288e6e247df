import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encodeTensorFile, type Log, type Progress, type TensorSource } from 'modelhost'
import type { Test } from 'tap'
import docsim from '../../plugins/docsim/index.js'
import { type DocSimParams, docSimDefaults } from './docsim-artifact.js'
import { silentLog } from './silent-log.js'
import { noLimits } from './train-limits.js'

/** A small, quick training's params. */
const small = { ...docSimDefaults, epochs: 5, vector_size: 8, min_count: 1 }

/**
 * Trains DocSim on a table and gives what it wrote.
 *
 * @param csv  its content
 */
export async function trainOnTable(
  t: Test,
  csv: string,
  changes: Partial<DocSimParams> = {},
  threads = 1,
  limits: Partial<typeof noLimits> = {},
) {
  const path = join(t.testdir({}), 'claims.csv')
  writeFileSync(path, csv)
  const steps: Progress[] = []
  const lines: { message: string; fields: object }[] = []
  const warnings: string[] = []
  const info = (fields: object, message: string) => void lines.push({ message, fields })
  const log: Log = { ...silentLog, info, warn: (_, message) => warnings.push(message) }
  const files: Record<string, TensorSource> = {}
  const write = async (name: string, content: TensorSource) => {
    files[name] = content
  }
  const params: DocSimParams = { ...small, ...changes }
  const progress = (step: Progress) => steps.push(step)
  const context = { channels: { train: path }, params, artifact: { write }, log, progress, threads }
  const end = await docsim.train?.({ ...context, ...noLimits, ...limits })
  return { bytes: encodeTensorFile(files['model']!), steps, lines, warnings, params, end }
}

/** The same on texts, one a row; a text's id is its number. */
export function trainOnTexts(
  t: Test,
  texts: readonly string[],
  changes: Partial<DocSimParams> = {},
  threads = 1,
  limits: Partial<typeof noLimits> = {},
) {
  const rows = texts.map((text, i) => `${i},"${text.replaceAll('"', '""')}"\n`)
  return trainOnTable(t, `id,claim_text\n${rows.join('')}`, changes, threads, limits)
}
