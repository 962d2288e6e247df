import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { commands } from '../../cli/commands.js'
import { parseFences } from './fences.js'
import { listPages } from './list-pages.js'
import { root } from './page-folder.js'

/** What is typed on a page: lines of its shell blocks, excerpts too, and code within its sentences. */
function typedOn(page: string): string[] {
  const blocks = parseFences(page).filter(({ language }) => language === 'sh')
  const lines = blocks.flatMap(({ text }) => text.replaceAll(/\\\n\s*/g, '').split('\n'))
  const prose = page.replaceAll(/^\s*```.*?^\s*```$/gms, '').matchAll(/`([^`]+)`/g)
  return [...lines, ...[...prose].map(([, code]) => code!.replaceAll(/\s+/g, ' '))]
}

const flags = new Map(commands.map(command => [command.name(), command.options.map(({ long }) => long)]))
/** The project's own, and those of the packages that commands write. */
const packages = ['package.json', 'cli/template/package.template.json', 'cli/workspace/files/new/package.json']
const scripts = await Promise.all(
  packages.map(async path => Object.keys(JSON.parse(await readFile(join(root, path), 'utf8')).scripts)),
)

t.test('every command on a page is one of ours, with flags that it has', async t => {
  let count = 0
  for (const page of (await listPages(root)).filter(page => page !== 'CHANGELOG.md')) {
    for (const line of typedOn(await readFile(join(root, page), 'utf8'))) {
      for (const [, name, rest] of line.matchAll(/(?<!npm create )\bmodelhost ([a-z]+)((?: [^|;&`#]*)?)/g)) {
        if (!/^(?:npx |\w+=\S+ )*modelhost |\bnpx modelhost |&& modelhost /.test(line)) continue
        const known = flags.get(name!)
        if (!known) t.fail(`${page}: there is no command "${name}": ${line}`)
        for (const [flag] of rest!.matchAll(/(?<=[ [])--[a-z][a-z-]*/g)) {
          count++
          if (flag !== '--help' && !known?.includes(flag)) t.fail(`${page}: ${name} has no ${flag}: ${line}`)
        }
      }
    }
  }
  t.ok(count > 100)
})

t.test('every script of npm on a page is one of this project, or of a package that it writes', async t => {
  for (const page of await listPages(root)) {
    for (const line of typedOn(await readFile(join(root, page), 'utf8'))) {
      for (const [, name] of line.matchAll(/\bnpm run (?:-s )?([a-z][\w:-]*)/g))
        if (!scripts.flat().includes(name!)) t.fail(`${page}: there is no script "${name}": ${line}`)
    }
  }
})
