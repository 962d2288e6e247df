import { type ChildProcess, spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import type { StoreSettings } from '../../core/store/open-store.js'

/** What a process is asked to do. */
export interface Asked {
  /** Fetch this target, read all of its files, and let it go. */
  readonly fetch?: string
  /** Before it reads, say that it waits; `go` ends that. */
  readonly waits?: boolean
  readonly go?: boolean
  readonly close?: boolean
}

/** What it says. */
export interface Told {
  readonly id?: number
  readonly isReady?: boolean
  readonly isWaiting?: boolean
  readonly isCached?: boolean
  readonly fileBytes?: number
  /** Path -> content. */
  readonly files?: Readonly<Record<string, string>>
  /** How often it was read: once more, where it was another copy by then. */
  readonly reads?: number
  readonly error?: { readonly code: string; readonly message: string }
  /** Of its log, since it was asked the last time. */
  readonly messages?: readonly string[]
}

const main = fileURLToPath(new URL('store-process-main.js', import.meta.url))

/**
 * Starts a process with this store and cache.
 *
 * @param within  a shell command that starts it: `ulimit -f 100; exec "$@"`
 */
export async function startStoreProcess(t: Pick<Test, 'teardown'>, settings: StoreSettings, within = 'exec "$@"') {
  // tap gives each child its loader, which would write files of its own, and end the process when it may not.
  const args = ['-u', 'NODE_OPTIONS', 'sh', '-c', within, 'sh', process.execPath, main, JSON.stringify(settings)]
  const child = spawn('env', args, { stdio: ['ignore', 'inherit', 'pipe', 'ipc'] })
  t.teardown(() => child.kill('SIGKILL'))
  const complaints = text(child.stderr!)
  const ended = new Promise<NodeJS.Signals | number | null>(resolve =>
    child.once('exit', (code, signal) => resolve(signal ?? code)),
  )
  await ready(child, complaints)
  const waiting = new Map<number, (told: Told) => void>()
  child.on('message', (told: Told) => {
    waiting.get(told.id!)?.(told)
    waiting.delete(told.id!)
  })
  let id = 0
  const ask = (asked: Asked) =>
    new Promise<Told>((resolve, reject) => {
      waiting.set(++id, resolve)
      ended.then(how => reject(new Error(`ended: ${how}`)))
      child.send({ id, ...asked })
    })
  return {
    fetch: (target: string) => ask({ fetch: target }),
    /** Resolves when it has fetched and waits; `go` lets it read. */
    fetchAndWait: async (target: string) => {
      const isWaiting = new Promise<void>(resolve => {
        child.on('message', (told: Told) => told.isWaiting && resolve())
      })
      const told = ask({ fetch: target, waits: true })
      await isWaiting
      return {
        go: () => {
          child.send({ go: true })
          return told
        },
      }
    },
    close: async () => {
      await ask({ close: true })
      return ended
    },
    kill: () => {
      child.kill('SIGKILL')
      return ended
    },
  }
}

function ready(child: ChildProcess, complaints: Promise<string>): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('message', () => resolve())
    child.once('error', reject)
    child.once('exit', async () => reject(new Error(await complaints)))
  })
}
