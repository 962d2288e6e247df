/** The folder in which a page is read: packages are found from it as in a clone, and so is the command. */
import { chmod, cp, mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { folder } from '../helpers/artifacts.js'

/** The folder of the project, seen from the compiled module. */
export const root = fileURLToPath(new URL('../../../', import.meta.url)).replace(/\/$/, '')
const modelhost = `'${process.execPath}' '${join(root, 'cli/modelhost.js')}'`

const tutorial = join(root, 'dist/docs/tutorials/run/main.js')

const programs = {
  modelhost: `exec ${modelhost} "$@"`,
  // npm's own takes half a second to find the same.
  npx: `if [ "$1" = modelhost ]; then shift; exec ${modelhost} "$@"; fi\n${next('npx')}`,
  // It would build the project anew, under the feet of other tests.
  npm: `if [ "$1 $2" = "run tutorial" ]; then shift 3; exec '${process.execPath}' '${tutorial}' "$@"; fi\n${next('npm')}`,
  // Each answer on a line of its own, as the pages show them.
  curl: `case " $* " in *" -s "* | *" --silent "*) ${next('curl')} ;; esac\n${next('curl', `-sS -w '\\n'`)}`,
}

/** What stands behind this folder in the PATH. */
function next(program: string, more = ''): string {
  return `PATH="\${PATH#*:}" exec ${program} ${more} "$@"`
}

/**
 * @param isCloned  with a copy of the project beside, and no way to find the command but by what is installed there
 * @returns an empty folder, and one of programs to put before the PATH
 */
export async function makePageFolder(t: Pick<Test, 'teardown'>, isCloned: boolean) {
  // Packages are looked for upwards, so that a page's `ls` does not show them.
  const above = await folder(t, { 'package.json': '{ "type": "module" }\n' })
  const path = join(above, 'page')
  await mkdir(path)
  if (isCloned) {
    await copyProject(join(path, 'modelhost'))
    return { path, bin: await makePrograms(t, { curl: programs.curl }) }
  }
  await linkPackages(join(above, 'node_modules'))
  return { path, bin: await makePrograms(t, programs) }
}

async function linkPackages(to: string): Promise<void> {
  const modules = join(root, 'node_modules')
  await mkdir(to)
  const names = (await readdir(modules)).filter(name => name !== 'modelhost')
  await Promise.all(names.map(name => symlink(join(modules, name), join(to, name))))
  await symlink(root, join(to, 'modelhost'))
}

async function makePrograms(t: Pick<Test, 'teardown'>, scripts: Readonly<Record<string, string>>): Promise<string> {
  const bin = await folder(t)
  for (const [name, script] of Object.entries(scripts)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`)
    await chmod(join(bin, name), 0o755)
  }
  return bin
}

/** What is written of the project, without what is made of it. */
async function copyProject(to: string): Promise<void> {
  const made = /^(?:node_modules|dist|coverage|\.git|\.tap)(?:\/|$)/
  await cp(root, to, { recursive: true, filter: source => !made.test(relative(root, source)) })
}
