import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { createInterface } from 'node:readline'

/** A server in a process of its own, so that what measures it does not share its thread. */
export interface ServerProcess {
  readonly url: string
  readonly pid: number
  stop(): Promise<void>
}

async function start(args: readonly string[], stderr: number | 'inherit' = 'inherit'): Promise<ServerProcess> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', stderr] })
  const url = await firstUrl(child)
  return {
    url,
    pid: child.pid!,
    async stop() {
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      await exited
    },
  }
}

async function firstUrl(child: ChildProcess): Promise<string> {
  for await (const line of createInterface(child.stdout!)) {
    const url = /listening on (http:\S+)/.exec(line)?.[1]
    if (url) return url
  }
  throw new Error('The server ended before it listened.')
}

const moduleAt = (path: string) => new URL(path, import.meta.url).pathname

const plugin = (name: string) => ['--plugin', moduleAt(`../fixtures/plugins/${name}.js`)]
const serve = (...flags: string[]) => [moduleAt('../../cli/main.js'), 'serve', '--port', '0', ...flags]

/** `modelhost serve` on a free port, with the bench's plugins. */
export function startServe(...flags: string[]): Promise<ServerProcess> {
  return start(serve('--log-level', 'error', ...plugin('noop'), ...plugin('weights'), ...flags))
}

/** The same over a store; its log goes to a file, so that nobody is kept busy by reading it meanwhile. */
export async function startStore(store: string, logFile: string, ...flags: string[]): Promise<ServerProcess> {
  const log = await open(logFile, 'w')
  try {
    return await start(serve('--store', store, ...plugin('weights'), ...plugin('probe'), ...flags), log.fd)
  } finally {
    await log.close()
  }
}

/** Fastify and nothing else. */
export function startBareFastify(): Promise<ServerProcess> {
  return start([moduleAt('./bare-fastify.js')])
}

export function load(url: string, modelName: string, folder: string): Promise<void> {
  return call(`${url}/models`, 'POST', JSON.stringify({ model_name: modelName, url: folder }))
}

export function unload(url: string, modelName: string): Promise<void> {
  return call(`${url}/models/${modelName}`, 'DELETE')
}

export function invoke(url: string, modelName: string, body: string, type: string): Promise<void> {
  return call(`${url}/models/${modelName}/invoke`, 'POST', body, type)
}

// fetch costs the client more than a load costs the host.
const agent = new Agent({ keepAlive: true })

/** @throws Error where the answer is not 200 */
function call(url: string, method: string, body = '', type = 'application/json'): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, agent, headers: { 'content-type': type } }, answer => {
      const parts: Buffer[] = []
      answer.on('data', part => parts.push(part))
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve()
        else reject(new Error(`${method} ${url}: ${answer.statusCode} ${Buffer.concat(parts)}`))
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** Memory of a process, bytes. PSS counts shared pages once. Linux only. */
export async function memoryOf(pid: number): Promise<{ rss: number; pss: number }> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8')
  const kilobytes = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) * 1024
  return { rss: kilobytes('Rss'), pss: kilobytes('Pss') }
}
