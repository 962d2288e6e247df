/** Hosts that a page starts by `modelhost serve`; they go on until the test ends. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { createInterface } from 'node:readline'
import type { Test } from 'tap'
import { endGroup } from './terminal.js'

/** One in the background is left to the shell. */
const serve = /^(?:npx )?modelhost serve\b.*(?<!&)$/m

export interface Steps {
  /** What is typed before the host starts. */
  readonly before: string
  /** The command that starts it. */
  readonly command: string
  readonly after: string
}

/** A script at its first `modelhost serve`, which may have a comment behind it. */
export function splitAtServe(script: string): Steps | undefined {
  const whole = script.replaceAll(/\\\n\s*/g, '')
  const found = serve.exec(whole)
  if (!found || / --help/.test(found[0])) return
  const command = found[0].replace(/\s+#.*$/, '')
  return { before: whole.slice(0, found.index), command, after: whole.slice(found.index + found[0].length + 1) }
}

/** @returns its host and port, and what it printed until it listened */
export async function startServing(t: Pick<Test, 'teardown'>, command: string, cwd: string, env: NodeJS.ProcessEnv) {
  const child = spawn('bash', ['-c', `unset NODE_OPTIONS; exec ${command} --port 0 < /dev/null`], {
    cwd,
    env,
    detached: true,
  })
  // The host may be a child of npm's.
  t.teardown(() => endGroup(child))
  const complaints: string[] = []
  createInterface(child.stderr).on('line', line => complaints.push(line))
  const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), once(child, 'close')])
  const [, address] = /^listening on http:\/\/(.*)$/.exec(String(line)) ?? []
  if (address === undefined) throw new Error(`${command} has ended: ${complaints.join('\n')}`)
  return { address, stdout: `${line}\n` }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
