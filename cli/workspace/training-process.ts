import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Trained } from '../../core/train.js'

const command = fileURLToPath(new URL('../../../cli/modelhost.js', import.meta.url))

export interface TrainingProcess {
  /** Resolves when it has ended. */
  readonly ended: Promise<Trained | { readonly problem: string }>
  kill(signal: NodeJS.Signals): void
}

/**
 * Starts `modelhost train` with these arguments.
 *
 * It has a group of its own: a terminal sends its signals to all of a group, and a training would get each twice.
 *
 * @param onLine  called with each line of its log and progress
 */
export function startTraining(args: readonly string[], onLine: (line: string) => void): TrainingProcess {
  const child = spawn(process.execPath, [command, 'train', ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    // Plugins of that folder are among the arguments.
    env: { ...process.env, MODELHOST_PLUGIN_FOLDER: '' },
  })
  let problem = ''
  const lines = createInterface(child.stderr)
  lines.on('line', line => {
    if (line.startsWith('modelhost: ')) problem = line.slice('modelhost: '.length)
    else onLine(line)
  })
  const linesEnded = new Promise<void>(resolve => lines.once('close', resolve))
  const exited = new Promise<string | undefined>(resolve => {
    child.once('error', error => resolve(`it cannot be started (${error.message}).`))
    child.once('exit', (code, signal) => resolve(code === 0 ? undefined : describeEnd(code, signal)))
  })
  const end = async () => {
    const [failure, output] = await Promise.all([exited, text(child.stdout), linesEnded])
    return failure === undefined ? (JSON.parse(output) as Trained) : { problem: problem || failure }
  }
  return { ended: end(), kill: signal => void child.kill(signal) }
}

const describeEnd = (code: number | null, signal: NodeJS.Signals | null): string =>
  signal === null
    ? `its process ended with exit code ${code}.`
    : `its process was ended by ${signal}; perhaps memory was short.`
