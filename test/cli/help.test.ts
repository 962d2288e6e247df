import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { DefinedCommand } from '../../cli/command.js'
import { commands } from '../../cli/commands.js'
import { folder, pluginPath } from '../helpers/artifacts.js'
import { runCli } from '../helpers/run-cli.js'

t.test('--help explains each command, with examples', async t => {
  const help = await runCli(['--help'])
  const ofOne = await runCli(['serve', '--help'])
  t.same([help.code, ofOne.code], [0, 0])
  for (const command of commands) {
    const name = command.name()
    t.match(help.stdout, new RegExp(`^  ${name} `, 'm'))
    const text = command.name() === 'serve' ? ofOne.stdout : helpOf(command)
    t.match(text, /std(out|err)/, `${name} says where results go`)
    t.match(text, new RegExp(`Examples:\n  \\$ .*modelhost ${name}\\b`))
  }
})

function helpOf(command: DefinedCommand): string {
  let text = ''
  command.configureOutput({
    writeOut: part => {
      text += part
    },
  })
  command.outputHelp()
  return text
}

t.test('in a clone that is not built the command says what to do', async t => {
  const script = await readFile(new URL('../../../cli/modelhost.js', import.meta.url))
  const path = await folder(t, { 'cli/modelhost.js': script, 'package.json': '{"type": "module"}' })
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(path, 'cli', 'modelhost.js')], {
    encoding: 'utf8',
  })
  t.same([status, stdout], [1, ''])
  t.equal(stderr, 'modelhost: it is not compiled yet. In its folder, run npm run build first.\n')
})

t.test('train --help shows the params of the plugin that is named', async t => {
  const [plain, docsim, tally, noop, nobody] = await Promise.all([
    runCli(['train', '--help']),
    runCli(['train', 'DocSim', '--help']),
    runCli(['train', '-h', '--plugin', pluginPath('tally'), 'Tally']),
    runCli(['train', 'Noop', '--help', '--plugin', pluginPath('noop')]),
    runCli(['train', 'Nobody', '--help']),
  ])
  t.notMatch(plain.stdout, /Params of/)
  t.equal(docsim.code, 0)
  const words = docsim.stdout.replace(/\s+/g, ' ')
  t.match(words, 'Params of DocSim (--set, --params):')
  t.match(words, 'vector_size Numbers in a word vector. (an integer from 1 to 4096; default: 40)')
  t.match(words, /train_df The one file .*; optional\)/)
  t.match(words, /seed .* Examples: /, 'before the examples')
  t.match(tally.stdout, / {2}scale +\(a number of at least 0; default: 1\)\n/)
  t.match(noop.stdout, 'Params of Noop (it has no train function, its artifacts are made elsewhere): none')
  t.match(nobody, { code: 1, stdout: '', stderr: /"Nobody", which no plugin provides\. Known: DocSim/ })
})

t.test('every setting is a flag of serve, with its variable and default', async t => {
  const { stdout } = await runCli(['serve', '--help'])
  const words = stdout.replace(/\s+/g, ' ')
  t.match(words, /--port <PORT> .* \(default: 8080; environment: MODELHOST_PORT, SAGEMAKER_BIND_TO_PORT\)/)
  t.match(words, /--plugin <PATH> .* May be repeated\./)
})

t.test('--version is that of the package', async t => {
  const { version } = JSON.parse(await readFile('package.json', 'utf8'))
  t.same(await runCli(['--version']), { code: 0, stdout: `${version}\n`, stderr: '' })
})
