import { basename, join } from 'node:path'
import { findParamsFile } from '../core/artifact-folder.js'
import { UsageError } from './command.js'
import { type OutputFile, planOutput } from './output-file.js'

/**
 * Looks whether predictions can be written, before the work.
 *
 * @param artifact  folder of the model that predicts
 * @param files     role -> path of what is read beside it
 * @throws UsageError where their name belies them, or they would replace one of the files, or of the artifact; HostError
 *   where there is no artifact
 */
export async function planPredictions(
  given: string,
  artifact: string,
  files: Readonly<Record<string, string>> & { readonly gold: string },
): Promise<OutputFile> {
  const [named, gold] = [tableKind(given), tableKind(files.gold)]
  if (named && gold && named !== gold) {
    const problem = `has the form of the gold file, which is .${gold}. Let its name end as that.`
    throw new UsageError(`--predictions ${given} ${problem}`)
  }
  const { folder, prefix, names } = findParamsFile(artifact)
  // A new file of such a name would be one of the artifact's too.
  const own = [...names, basename(given)].filter(name => name.startsWith(`${prefix}-`))
  return planOutput('--predictions', given, [...Object.values(files), ...own.map(name => join(folder, name))])
}

const tableKind = (name: string) => /\.(csv|tsv)(?:\.gz)?$/i.exec(name)?.[1]?.toLowerCase()
