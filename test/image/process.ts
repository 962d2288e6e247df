import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import type { Image } from './image.js'

/** A folder of this machine in the image, as `docker run --volume FROM:TO[:ro]`. */
export interface Volume {
  readonly from: string
  readonly to: string
  readonly isWritable?: boolean
}

export interface Order {
  /** What stands behind the image's name: `serve`. */
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly volumes?: readonly Volume[]
  /** Paths with a disk in memory, as `docker run --tmpfs PATH`. */
  readonly temporary?: readonly string[]
  /** Not `docker run --read-only`. */
  readonly isWritable?: boolean
  /** As `docker run --user`; root otherwise. */
  readonly user?: number
}

export interface Outcome {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface ImageProcess {
  readonly child: ChildProcessByStdio<null, Readable, Readable>
  /** Of the first process of the image, as this machine counts. */
  readonly pid: number
  readonly ended: Promise<[number | null, NodeJS.Signals | null]>
  /** The path as processes of the image see it. */
  where(path: string): string
  /** As `docker exec`. */
  exec(command: readonly string[], env?: Readonly<Record<string, string>>): Promise<Outcome>
}

/** Starts the entry point of an image with its environment, as `docker run --read-only` does; ended with the test. */
export async function startImage(
  t: Pick<Test, 'teardown'>,
  image: Image,
  isConfined: boolean,
  order: Order,
): Promise<ImageProcess> {
  const start = isConfined ? startConfined : startBare
  const process = await start(image, order)
  t.teardown(async () => {
    const { child, ended } = process
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await ended
  })
  return process
}

/** With mounts, processes and a root of its own, so that it is the first process and sees the image alone. */
async function startConfined({ root, config, borrowed }: Image, order: Order): Promise<ImageProcess> {
  const { args, env = {}, volumes = [], temporary = [], isWritable = false, user } = order
  const at = (path: string) => `'${join(root, path)}'`
  const bind = async (from: string, to: string, mode: string) => {
    await mkdir(join(root, to), { recursive: true })
    return [`mount --bind '${from}' ${at(to)}`, `mount -o remount,bind,${mode} ${at(to)}`]
  }
  for (const path of [...temporary, '/proc', '/dev']) await mkdir(join(root, path), { recursive: true })
  const lines = [`mount --bind ${at('/')} ${at('/')}`]
  for (const [to, from] of Object.entries(borrowed)) lines.push(...(await bind(from, to, 'ro')))
  for (const { from, to, isWritable } of volumes) lines.push(...(await bind(from, to, isWritable ? 'rw' : 'ro')))
  for (const path of temporary) lines.push(`mount -t tmpfs tmpfs ${at(path)}`)
  lines.push(`mount -t proc proc ${at('/proc')}`, `mount --rbind /dev ${at('/dev')}`)
  if (!isWritable) lines.push(`mount -o remount,bind,ro ${at('/')}`)
  const as = user === undefined ? '' : `--userspec=${user}:${user} `
  const start = ['set -e', ...lines, `exec chroot ${as}${at('/')} "$@"`].join('\n')
  const variables = { ...config.env, ...env }
  const command = ['/usr/bin/env', '-i', ...pairs(variables), ...config.entrypoint, ...args]
  const own = ['--mount', '--pid', '--fork', '--kill-child']
  const child = spawnPlain('unshare', [...own, 'sh', '-c', start, 'sh', ...command], { PATH: process.env['PATH']! })
  const ended = once(child, 'close') as ImageProcess['ended']
  const pid = await firstChild(child.pid!)
  return {
    child,
    pid,
    ended,
    where: path => path,
    exec(command, more = {}) {
      const enter = ['--target', String(pid), '--mount', '--pid', '--root']
      const inside = ['/usr/bin/env', '-i', '-C', '/', ...pairs({ ...variables, ...more }), ...command]
      return outcomeOf(spawnPlain('nsenter', [...enter, ...inside], { PATH: process.env['PATH']! }))
    },
  }
}

/** Beside this machine's files: what has a path in the image has another one here. */
async function startBare({ root, config }: Image, { args, env = {}, volumes = [] }: Order): Promise<ImageProcess> {
  const where = (path: string) => {
    const volume = volumes.find(({ to }) => path === to || path.startsWith(`${to}/`))
    if (volume) return join(volume.from, path.slice(volume.to.length))
    return path.startsWith('/opt/') ? join(root, path) : path
  }
  const translate = (values: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, where(value)]))
  const PATH = `${join(root, 'usr/local/bin')}:${process.env['PATH']}`
  const variables = { ...translate({ ...config.env, ...env }), PATH }
  const [program, ...first] = [...config.entrypoint, ...args]
  const child = spawnPlain(program!, first.map(where), variables)
  return {
    child,
    pid: child.pid!,
    ended: once(child, 'close') as ImageProcess['ended'],
    where,
    exec([program, ...rest], more = {}) {
      return outcomeOf(spawnPlain(program!, rest.map(where), { ...variables, ...translate(more) }))
    },
  }
}

function spawnPlain(program: string, args: readonly string[], env: Readonly<Record<string, string>>) {
  return spawn(program, [...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
}

const pairs = (variables: Readonly<Record<string, string>>) =>
  Object.entries(variables).map(([name, value]) => `${name}=${value}`)

async function outcomeOf(child: ImageProcess['child']): Promise<Outcome> {
  const ended = once(child, 'close') as ImageProcess['ended']
  const [stdout, stderr, [code, signal]] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { code, signal, stdout, stderr }
}

/** Until unshare has forked there is none. */
async function firstChild(pid: number): Promise<number> {
  for (;;) {
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
    const [first] = children.trim().split(' ')
    if (first) return Number(first)
    await new Promise(done => setTimeout(done, 5))
  }
}
