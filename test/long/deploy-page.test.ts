import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { folder } from '../helpers/artifacts.js'
import { readTemplate } from '../helpers/cloudformation.js'
import { runCli } from '../helpers/run-cli.js'

const run = promisify(execFile)
const file = (path: string) => new URL(`../../../${path}`, import.meta.url)
const main = fileURLToPath(file('cli/modelhost.js'))
const page = await readFile(file('docs/deploy-sagemaker.md'), 'utf8')

/** What is typed, in blocks with or without a language; a line that goes on in the next one is one line. */
const commands = [...page.matchAll(/^ *```(?:sh)?\n(.*?)^ *```$/gms)]
  .map(([, block]) => block!.replaceAll(/\\\n\s*/g, ''))
  .flatMap(block => block.split('\n'))
  .map(line => line.trim())

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(listening => server.once('listening', listening))
  const { port } = server.address() as AddressInfo
  await new Promise(closed => server.close(closed))
  return port
}

t.test('what docs/deploy-sagemaker.md does without an account works as it stands there', async t => {
  const [, script] = /^## Without an account$.*?^```sh\n(.*?)^```$/ms.exec(page)!
  const port = await freePort()
  const here = script!.replaceAll('npx modelhost', `'${process.execPath}' '${main}'`).replaceAll('8080', String(port))
  const path = await folder(t)
  t.equal((await runCli(['init', join(path, 'my-models')])).code, 0)
  // The host in the background ends with the script, wherever that ends.
  const whole = `trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n${here}`
  const options = { cwd: join(path, 'my-models') }
  const { stdout } = await run('env', ['-u', 'NODE_OPTIONS', 'bash', '-euo', 'pipefail', '-c', whole], options)
  const rows = stdout.split('\n').filter(line => / {2}ok$/.test(line))
  t.equal(rows.length, 3, stdout)
  for (const name of ['DocSim', 'NER', 'TopicalPageRank']) t.match(stdout, `  ${name}/20261127-185427.tar.gz`)
  t.match(stdout, /^0\.\d+$/m, 'DocSim was asked how similar two texts are')
})

t.test('the flags of all its commands are those of the command line', async t => {
  const typed = commands.flatMap(line => /\bmodelhost (\w+)(.*)$/.exec(line)?.slice(1) ?? []).length / 2
  t.ok(typed > 15)
  const help = new Map<string, string>()
  for (const line of commands) {
    const [, name = '', rest = ''] = /\bnpx modelhost (\w+)(.*?)(?: > .*)?$/.exec(line) ?? []
    if (name === '') continue
    if (!help.has(name)) help.set(name, (await runCli([name, '--help'])).stdout)
    for (const [flag] of rest.matchAll(/--[a-z-]+/g)) t.match(help.get(name), new RegExp(`^ +${flag}\\b`, 'm'), line)
  }
})

t.test('the parameters that it names are those of the templates', async t => {
  const parameters: Record<string, string[]> = {}
  for (const name of ['pipeline.yml', 'endpoint.yml']) {
    parameters[name] = Object.keys((await readTemplate(file(`container/${name}`))).Parameters)
  }
  for (const line of commands) {
    const [, template] = /--template-file (\S+)/.exec(line) ?? []
    if (template === undefined) continue
    for (const [, name] of line.matchAll(/\b([A-Z]\w+)=/g))
      t.ok(parameters[template]!.includes(name!), `${name} of ${template}`)
  }
  // In prose, too: what begins as parameters do is one.
  const all = Object.values(parameters).flat()
  const begin =
    /^(?:Capture|Error|Invocations|Keep|Kms|Latency|Max|Memory|Min|ModelCache|Notice|Retention|Traffic|Training|Volume)/
  for (const [, name = ''] of page.matchAll(/`([A-Z][A-Za-z]+)(?:=\w+)?`/g)) {
    if (begin.test(name) && name !== 'TrainingRole') t.ok(all.includes(name), `${name} is a parameter`)
  }
})
