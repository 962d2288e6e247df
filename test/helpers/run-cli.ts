import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/** Runs the command line as a process of its own. */

const main = fileURLToPath(new URL('../../../cli/modelhost.js', import.meta.url))

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A process without the settings of whoever runs the tests. */
export function startCli(...args: string[]) {
  return startCliWith({}, args)
}

/**
 * @param variables  the environment, besides PATH
 * @param within     a shell command that starts it: `ulimit -f 100; exec "$@"`
 */
export function startCliWith(
  variables: Readonly<Record<string, string>>,
  args: readonly string[],
  within = 'exec "$@"',
) {
  const { PATH } = process.env
  // tap adds a loader of its own to the options of each child, which takes longer than most commands.
  const command = ['env', '-u', 'NODE_OPTIONS', process.execPath, main, ...args]
  return spawn('sh', ['-c', within, 'sh', ...command], { env: { PATH, ...variables } })
}

export async function runCli(args: readonly string[], stdin = '', variables = {}): Promise<Outcome> {
  const child = startCliWith(variables, args)
  child.stdin.on('error', () => {}) // A command that needs no input may end before it is written.
  child.stdin.end(stdin)
  const ended = new Promise<number | null>(done => child.once('close', code => done(code)))
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { code, stdout, stderr }
}
