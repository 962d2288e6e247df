import { TLSSocket } from 'node:tls'
import { CommandError, UsageError } from '../command.js'
import { Fault, showText } from './fault.js'
import { type Entry, walkPages } from './pages.js'
import { openSocket } from './sockets.js'
import type { Wire } from './wire.js'

/** The models that are loaded before the check. A list that is none has no models: it is a case of its own. */
export async function findLoaded(wire: Wire): Promise<Entry[]> {
  const list = (query: string) => wire.send({ method: 'GET', path: `/models${query}` })
  return walkPages(list, {}).catch(error => {
    if (error instanceof Fault) return []
    throw error
  })
}

/** @throws CommandError where nobody listens; whoever accepts a connection is checked */
export async function reach(base: URL): Promise<void> {
  const { socket, problem } = await openSocket(base, reachMs)
  if (!socket) throw new CommandError(`${base.origin} cannot be reached: ${problem}. Is the container running?`)
  const untrusted = socket instanceof TLSSocket ? await distrust(socket) : undefined
  socket.destroy()
  if (untrusted === undefined) return
  const cure = 'Name the file of its certificate in NODE_EXTRA_CA_CERTS, or check it over http.'
  throw new CommandError(`${base.origin} has no trusted certificate (${untrusted}). ${cure}`)
}

/** @returns why it cannot be spoken with, for people; who does not say a word in time is checked */
async function distrust(socket: TLSSocket): Promise<string | undefined> {
  return new Promise(resolve => {
    const timer = setTimeout(() => resolve(undefined), reachMs)
    const end = (reason: string | undefined) => {
      clearTimeout(timer)
      resolve(reason)
    }
    socket.once('secureConnect', () => end(undefined))
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message))
    socket.once('close', () => end('the connection was closed'))
  })
}

/** A container in another network may be slow to reach. */
const reachMs = 5000
const shownNames = 3

export function refuseLoaded(url: string, loaded: readonly Entry[]): UsageError {
  const names = loaded.slice(0, shownNames).map(({ name }) => `"${showText(name, 64)}"`)
  const more = loaded.length > shownNames ? ` and ${loaded.length - shownNames} more` : ''
  const count = loaded.length === 1 ? 'a model loaded' : `${loaded.length} models loaded`
  return new UsageError(
    `${url} has ${count} (${names.join(', ')}${more}). Check a container that nobody uses; or add --allow-loaded, which leaves them alone, but loads and asks models beside them.`,
  )
}
