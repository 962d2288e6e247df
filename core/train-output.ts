/** Where a training's artifact goes: looked at before hours of work, written to when all of it is there. */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describeError } from './errors.js'
import type { Refuse } from './job.js'
import type { AnyPlugin } from './plugin.js'

export interface WrittenFile {
  readonly name: string
  readonly bytes: number
}

/** Before hours of training, not after: can the artifact stand there? */
export async function checkOutput(output: string, prefix: string, refuse: Refuse): Promise<void> {
  if (!existsSync(output)) return
  if (!(await stat(output)).isDirectory()) throw refuse(`${output} is not a folder. Choose another --output.`)
  const other = (await readdir(output)).find(name => name.endsWith('-params.json') && name !== `${prefix}-params.json`)
  if (other) throw refuse(`${output} already holds another artifact (${other}). Choose another --output.`)
}

/** A folder to write to first, on the disk that the artifact will be on. */
export async function makeWorkFolder(output: string, prefix: string, refuse: Refuse): Promise<string> {
  return mkdtemp(join(nearestFolder(output), `.${prefix}-training-`)).catch(error => {
    throw refuse(`${output} cannot be written (${describeError(error)}). Choose another --output.`, error)
  })
}

/** The folder itself where it exists, else the next one above: always on the disk that the artifact will be on. */
function nearestFolder(path: string): string {
  return existsSync(path) ? path : nearestFolder(dirname(path))
}

/** What the plugin says its artifacts have must be there. */
export async function checkFiles(folder: string, plugin: AnyPlugin, refuse: Refuse): Promise<void> {
  const written = await readdir(folder)
  const needed = [
    ...(plugin.hasModelFile === false ? [] : ['model']),
    ...(plugin.files ?? []).filter(file => !file.optional).map(file => file.name),
  ]
  const missing = needed.map(name => `${plugin.name}-${name}`).filter(name => !written.includes(name))
  if (missing.length > 0) throw refuse(`its train function ended without writing ${missing.join(', ')}.`)
}

/**
 * Replaces the artifact in `output`; folders there are never touched, whatever their names.
 *
 * The params file goes first and comes last: at no moment does one describe files that are not its own.
 */
export async function moveArtifact(folder: string, output: string, prefix: string): Promise<readonly WrittenFile[]> {
  const paramsName = `${prefix}-params.json`
  await mkdir(output, { recursive: true })
  const old = (await readdir(output, { withFileTypes: true })).filter(entry => !entry.isDirectory())
  await rm(join(output, paramsName), { force: true })
  for (const { name } of old) if (name.startsWith(`${prefix}-`)) await rm(join(output, name), { force: true })

  const names = (await readdir(folder)).filter(name => name !== paramsName).sort()
  const files: WrittenFile[] = []
  for (const name of [...names, paramsName]) {
    const { size } = await stat(join(folder, name))
    await rename(join(folder, name), join(output, name))
    files.push({ name, bytes: size })
  }
  return files
}
