import type { Test } from 'tap'
import { folder } from './artifacts.js'

/** The files of one model, as users of the original have them: JSON is written of what is no text. */
export const originalModel = (name: string, params: object): Readonly<Record<string, unknown>> => ({
  [`models/${name}/inputData.json`]: { Training: { Uri: 's3://data-STAGE/claims', file_name: 'factchecks_de.csv' } },
  [`models/${name}/${name}-params.json`]: params,
})

/** A workspace with one model of the Tally plugin; a file that is undefined is not there. */
export async function workspace(
  t: Pick<Test, 'teardown'>,
  files: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const all = {
    'models/models_to_be_trained.json': { Lines: true },
    ...originalModel('Lines', { model_name: 'Tally', scale: '2' }),
    ...files,
  }
  const entries = Object.entries(all).filter(([, content]) => content !== undefined)
  return folder(
    t,
    Object.fromEntries(
      entries.map(([name, content]) => [name, typeof content === 'string' ? content : JSON.stringify(content)]),
    ),
  )
}
