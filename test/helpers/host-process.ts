import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Test } from 'tap'
import type { LogLine } from './lines-log.js'
import { startCliWith } from './run-cli.js'
import { invocation } from './s3-host.js'
import { s3Env } from './s3-server.js'
import { storePlugins } from './store.js'

/**
 * Starts `modelhost serve` as a process of its own, with plugins for probes and weights, and the credentials of S3.
 *
 * @param within  a shell command that starts it: `ulimit -f 100; exec "$@"`
 */
export async function startHostProcess(t: Pick<Test, 'teardown'>, flags: readonly string[], within?: string) {
  const plugins = storePlugins.flatMap(path => ['--plugin', path])
  const child = startCliWith(s3Env, ['serve', '--port', '0', '--lanes', '1', ...plugins, ...flags], within)
  t.teardown(() => child.kill('SIGKILL'))
  const log: LogLine[] = []
  const complaints: string[] = []
  createInterface(child.stderr).on('line', line => {
    if (line.startsWith('{')) log.push(JSON.parse(line))
    else complaints.push(line)
  })
  /** `[exit code, signal]` */
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  const listening = once(createInterface(child.stdout), 'line') as Promise<[string]>
  const [line] = await Promise.race([listening, ended])
  if (typeof line !== 'string') throw new Error(`it ended: ${complaints.join('\n')} ${JSON.stringify(log)}`)
  const url = line.replace('listening on ', '')
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal)
    return ended
  }
  return {
    url,
    pid: child.pid!,
    ask: (target: string) => invocation(url, target),
    /** What it logged by this message. */
    lines: (message: string) => log.filter(({ msg }) => msg === message),
    unload: (target: string) => fetch(`${url}/models/${encodeURIComponent(target)}`, { method: 'DELETE' }),
    kill: () => end('SIGKILL'),
    close: () => end('SIGINT'),
  }
}
