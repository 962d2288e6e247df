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
 * @returns a folder that is empty but for `node_modules`, and one of programs to put before the PATH
 */
export async function makePageFolder(t: Pick<Test, 'teardown'>, isCloned: boolean) {
  const path = await folder(t, { 'package.json': '{ "type": "module" }\n' })
  if (isCloned) {
    await copyProject(join(path, 'modelhost'))
    return { path, bin: await makePrograms(t, { curl: programs.curl }) }
  }
  const modules = join(root, 'node_modules')
  await mkdir(join(path, 'node_modules'))
  const names = (await readdir(modules)).filter(name => name !== 'modelhost')
  await Promise.all(names.map(name => symlink(join(modules, name), join(path, 'node_modules', name))))
  await symlink(root, join(path, 'node_modules/modelhost'))
  return { path, bin: await makePrograms(t, programs) }
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
