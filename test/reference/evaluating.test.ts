import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { folder } from '../helpers/artifacts.js'
import { docsFolder } from './pages.js'

const run = promisify(execFile)
const page = await readFile(new URL('evaluating.md', docsFolder), 'utf8')
const main = fileURLToPath(new URL('../../cli/main.js', import.meta.url))
const claims = fileURLToPath(new URL('../cli/demo-data/claims_de.csv', docsFolder))

t.test('every example on the page prints what stands below it', async t => {
  const named = [...page.matchAll(/^`(\S+)`:\n\n```\w*\n(.*?)```$/gms)]
  const path = await folder(t, Object.fromEntries(named.map(([, name, content]) => [name!, content!])))
  t.same(named.map(([, name]) => name).sort(), ['pairs.csv', 'qrels.tsv', 'queries.tsv'])

  const examples = [...page.matchAll(/^```sh\n(?!modelhost)(.*?)```(?:\n\n```(?:json)?\n(.*?)```)?$/gms)]
  t.equal(examples.length, 5)
  for (const [, commands, shown] of examples) {
    const script = commands!
      .replaceAll('npx modelhost', `'${process.execPath}' '${main}'`)
      .replaceAll('cli/demo-data/claims_de.csv', `'${claims}'`)
    const { stdout } = await run('bash', ['-c', script], { cwd: path })
    if (shown) t.equal(withoutTimes(stdout.replaceAll(path, '/home/you/modelhost')), withoutTimes(shown), commands!)
  }
})

const withoutTimes = (text: string) => text.replaceAll(/"seconds":[\d.]+/g, '"seconds":0')
