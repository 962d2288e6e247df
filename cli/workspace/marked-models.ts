import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { targetProblem } from '../../core/store/target.js'
import { describeValue, didYouMean } from '../../core/words.js'
import { CommandError } from '../command.js'
import { readJsonFile } from './json-file.js'
import { listProblems } from './problems.js'

export const markedFile = 'models/models_to_be_trained.json'

/**
 * Reads which models are to be trained.
 *
 * @param folder  of the workspace
 * @param only    of the marked ones, those to take; all where it is empty
 * @returns wanted  names of their folders below `models/`, in the order of the file
 * @returns known   all names of the file
 * @throws CommandError that says all that is wrong
 */
export async function readMarkedModels(
  folder: string,
  only: readonly string[] = [],
): Promise<{ readonly wanted: readonly string[]; readonly known: readonly string[] }> {
  const absent = 'It says which models to train: {"DocSim": true}. "modelhost init DIR" writes one.'
  const { value } = await readJsonFile(join(folder, markedFile), markedFile, absent)
  const folders = await listFolders(join(folder, 'models'))
  const problems = Object.entries(value).flatMap(([name, isMarked]) => {
    if (typeof isMarked !== 'boolean') return `"${name}" must be true or false, but is ${describeValue(isMarked)}.`
    // Who does not train it may have removed it.
    if (!isMarked || folders.includes(name)) return []
    return `"${name}" is marked, but there is no folder models/${name}.${didYouMean(name, folders) || ' Make it, or mark it false.'}`
  })
  const marked = Object.keys(value).filter(name => value[name] === true)
  for (const name of marked) {
    const problem = targetProblem(name) ?? (name.includes('/') ? 'has a slash' : undefined)
    if (problem) problems.push(`"${name}" ${problem}, so that no host could load it. Rename its folder.`)
  }
  if (problems.length > 0)
    throw listProblems(
      'the workspace',
      problems.map(problem => `${markedFile}: ${problem}`),
    )
  for (const name of only) {
    if (!marked.includes(name))
      throw new CommandError(`--only ${name}: no such model is marked in ${markedFile}.${didYouMean(name, marked)}`)
  }
  const wanted = marked.filter(name => only.length === 0 || only.includes(name))
  if (wanted.length === 0) throw new CommandError(`${markedFile} marks no model. Mark one with true.`)
  return { wanted, known: Object.keys(value) }
}

async function listFolders(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch((): Dirent[] => [])
  return entries.filter(entry => entry.isDirectory() || entry.isSymbolicLink()).map(({ name }) => name)
}
