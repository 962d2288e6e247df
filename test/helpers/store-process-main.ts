/**
 * A process with a store and its cache, as a host has them: `node store-process-main.js SETTINGS`. It does what its parent
 * sends.
 */
import { openStoreThread } from '../../core/store/store-thread.js'
import { keptLog } from './folder-stores.js'
import type { Asked, Told } from './store-process.js'
import { readTree } from './unpacking.js'

const { log, lines } = keptLog()
const source = await openStoreThread({ settings: JSON.parse(process.argv[2]!), log })
const tell = (told: Told) => process.send!(told)

async function work({ fetch, waits, close }: Asked): Promise<Told> {
  if (close) {
    await source.close()
    return {}
  }
  return readWhole(fetch!, waits ? latch : async () => {})
}

/** Says that it is there, and goes on when it is told to. */
async function latch(): Promise<void> {
  const isOpen = new Promise<void>(resolve => process.on('message', ({ go }: Asked) => go && resolve()))
  tell({ isWaiting: true })
  await isOpen
}

/** Another process may remove the files while they are read: see `ArtifactSource.fetch`. */
async function readWhole(target: string, wait: () => Promise<void>, lastCopy?: string): Promise<Told> {
  const artifact = await source.fetch(target)
  const { isCached, fileBytes, copy, folder } = artifact
  try {
    if (lastCopy === undefined) await wait()
    return { isCached, fileBytes, files: await readTree(folder), reads: lastCopy === undefined ? 1 : 2 }
  } catch (error) {
    if (copy === lastCopy) throw error
    return readWhole(target, wait, copy)
  } finally {
    source.release(artifact)
  }
}

process.on('message', async ({ id, ...asked }: Asked & { id: number }) => {
  if (asked.go) return
  try {
    tell({ id, ...(await work(asked)), messages: lines.splice(0).map(({ message }) => message) })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    tell({ id, error: { code: String(code), message }, messages: lines.splice(0).map(line => line.message) })
  }
  if (asked.close) process.disconnect()
})
tell({ isReady: true })
