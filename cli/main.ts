import { Console } from 'node:console'
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { describeError, isHostError } from '../core/errors.js'
import { CommandError, type DefinedCommand } from './command.js'
import { commands } from './commands.js'

/** Exit codes: 0 done, 1 failed, 2 wrong usage. Results on stdout, all else on stderr. */

const packageFile = new URL('../../package.json', import.meta.url)
const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }

const program = new Command('modelhost')
  .description('Hosts thousands of small models behind one HTTP port, by the SageMaker multi-model contract.')
  .version(version, '--version', 'print the version')
  .helpOption('-h, --help', 'explain a command, with examples')
  .helpCommand(false)
  .addHelpText(
    'after',
    `
Examples:
  $ modelhost train DocSim --train claims.csv --output out/claims
      learns from claims.csv and writes an artifact
  $ modelhost invoke out/claims pairs.csv
      asks that artifact once, without a host
  $ modelhost batch out/claims < pairs.jsonl > similarities.jsonl
      asks it for each line, with all cores
  $ modelhost serve
      starts a host; "modelhost serve --help" tells how to load and ask models

Results go to stdout, log lines and progress to stderr. Exit codes: 0 done, 1 failed, 2 wrong usage.`,
  )
for (const command of commands) {
  program.addCommand(
    command
      .helpOption('-h, --help', 'show this')
      .showHelpAfterError(`See "modelhost ${command.name()} --help".`)
      .exitOverride(),
  )
}
program.hook('preSubcommand', (_, command) => (command as DefinedCommand).prepareHelp(program.args.slice(1)))
program.showHelpAfterError('See "modelhost --help".').exitOverride()

// What a plugin prints is no result: a caller may read stdout.
globalThis.console = new Console(process.stderr)
// The reader of a pipe may leave early, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  process.stderr.write(`modelhost: stdout cannot be written (${describeError(error)}).\n`)
  process.exit(1)
})
// Log lines that nobody reads any more are no reason to give up what they tell of.
process.stderr.on('error', () => {})

/** Tells what went wrong in one line, and answers the exit code for it. */
function report(error: unknown): number {
  // Commander has already told.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  const isFolderGone = (error as NodeJS.ErrnoException).syscall === 'uv_cwd'
  const gone = 'the working folder is not there any more, or may not be read. Go to one that is.'
  const message = isFolderGone ? gone : error instanceof CommandError ? error.message : describeError(error)
  process.stderr.write(`modelhost: ${message}\n`)
  const isDebug = /--log-level[= ]debug/.test(process.argv.join(' ')) || process.env['MODELHOST_LOG_LEVEL'] === 'debug'
  if (isDebug && error instanceof Error) {
    process.stderr.write(`${error.stack}\n${error.cause instanceof Error ? `caused by ${error.cause.stack}\n` : ''}`)
  }
  if (error instanceof CommandError) return error.exitCode
  return isHostError(error) && error.code === 'CONFIG_INVALID' ? 2 : 1
}

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = report(error)
  // What a plugin has begun while it was imported may last for ever.
  if (isHostError(error) && error.code === 'PLUGIN_INVALID') setTimeout(() => process.exit(), 500).unref()
}
