import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { TensorFile } from 'modelhost'
import type { Test } from 'tap'
import { folder } from './artifacts.js'

/** What stands in the model of the plugin Steps. */
export async function numberIn(artifact: string): Promise<number> {
  const file = new TensorFile(new Uint8Array(await readFile(join(artifact, 'Steps-model'))))
  return file.tensor('number', 'U32', [1])[0]!
}

/** What so many rounds of it make. */
export function numberAfter(rounds: number): number {
  const numbers = Uint32Array.of(1)
  for (let done = 1; done <= rounds; done++) numbers[0] = Math.imul(numbers[0]!, 31) + done
  return numbers[0]!
}

/**
 * Lets so many rounds of Steps through and holds the next one.
 *
 * @returns path  the socket, for the param `gate`
 * @returns held  resolves when the next round waits; from then on `open` lets all through
 */
export async function holdAfter(t: Pick<Test, 'teardown'>, rounds: number) {
  const path = join(await folder(t), 'gate')
  let isOpen = false
  let left = rounds
  let tellHeld: () => void
  const held = new Promise<void>(done => {
    tellHeld = done
  })
  const waiting: (() => void)[] = []
  const server = createServer(socket => {
    socket.on('error', () => {})
    if (isOpen || left-- > 0) socket.end()
    else {
      waiting.push(() => socket.end())
      tellHeld()
    }
  })
  await new Promise<void>(done => void server.listen(path, done))
  t.teardown(() => server.close())
  const open = () => {
    isOpen = true
    for (const end of waiting) end()
  }
  return { path, held, open }
}
