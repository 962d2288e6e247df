import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { folder } from './artifacts.js'

const run = promisify(execFile)
const docs = new URL('../../../docs/', import.meta.url)
const root = fileURLToPath(new URL('..', docs)).replace(/\/$/, '')
const main = fileURLToPath(new URL('../cli/modelhost.js', docs))
const claims = fileURLToPath(new URL('../cli/workspace/files/data/claims_de.csv', docs))

/**
 * Runs the examples of a page in an empty folder that has the files of the page, and compares what they print with what
 * stands below them. A synopsis, which begins with `modelhost`, is no example.
 */
export async function runPage(t: Test, name: string, expected: { files: readonly string[]; examples: number }) {
  const page = await readFile(new URL(name, docs), 'utf8')
  const named = [...page.matchAll(/^`(\S+)`:\n\n```\w*\n(.*?)```$/gms)]
  const path = await folder(t, Object.fromEntries(named.map(([, file, content]) => [file!, content!])))
  t.same(named.map(([, file]) => file).sort(), expected.files)

  const examples = [...page.matchAll(/^```sh\n(?!modelhost)(.*?)```(?:\n\n```(?:json)?\n(.*?)```)?$/gms)]
  t.equal(examples.length, expected.examples)
  for (const [, commands, shown] of examples) {
    const script = commands!
      .replaceAll('npx modelhost', `'${process.execPath}' '${main}'`)
      .replaceAll('cli/workspace/files/data/claims_de.csv', `'${claims}'`)
    const { stdout } = await run('env', ['-u', 'NODE_OPTIONS', 'bash', '-c', script], { cwd: path })
    // The page is read in a clone, and works in it.
    const printed = [path, root].reduce((text, folder) => text.replaceAll(folder, '/home/you/modelhost'), stdout)
    if (shown) t.equal(withoutTimes(printed), withoutTimes(shown), commands!)
  }
}

const withoutTimes = (text: string) => text.replaceAll(/("seconds":|trained in )[\d.]+/g, '$10')
