import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'

/** A server in a process of its own, so that what measures it does not share its thread. */
export interface ServerProcess {
  readonly url: string
  readonly pid: number
  stop(): Promise<void>
}

async function start(args: readonly string[]): Promise<ServerProcess> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
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

/** `modelhost serve` on a free port, with the bench's plugins. */
export function startServe(...flags: string[]): Promise<ServerProcess> {
  const plugins = ['noop', 'weights'].flatMap(name => ['--plugin', moduleAt(`../fixtures/plugins/${name}.js`)])
  return start([moduleAt('../../cli/main.js'), 'serve', '--port', '0', '--log-level', 'error', ...plugins, ...flags])
}

/** Fastify and nothing else. */
export function startBareFastify(): Promise<ServerProcess> {
  return start([moduleAt('./bare-fastify.js')])
}

export async function load(url: string, modelName: string, folder: string): Promise<void> {
  const answer = await fetch(`${url}/models`, {
    method: 'POST',
    body: JSON.stringify({ model_name: modelName, url: folder }),
  })
  if (!answer.ok) throw new Error(`load of ${modelName}: ${answer.status} ${await answer.text()}`)
  await answer.arrayBuffer()
}

export async function unload(url: string, modelName: string): Promise<void> {
  const answer = await fetch(`${url}/models/${modelName}`, { method: 'DELETE' })
  if (!answer.ok) throw new Error(`unload of ${modelName}: ${answer.status} ${await answer.text()}`)
  await answer.arrayBuffer()
}

/** Memory of a process, bytes. PSS counts shared pages once. Linux only. */
export async function memoryOf(pid: number): Promise<{ rss: number; pss: number }> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8')
  const kilobytes = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) * 1024
  return { rss: kilobytes('Rss'), pss: kilobytes('Pss') }
}
