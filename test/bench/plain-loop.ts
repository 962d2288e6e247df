import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** What any loader must do: reads each model file into fresh shared memory. Prints the seconds that it took. */
const [folder = '.'] = process.argv.slice(2)
const names = await readdir(folder)
const kept: SharedArrayBuffer[] = []
const startMs = performance.now()
for (const name of names) {
  const file = await open(join(folder, name, 'Weights-model'))
  const { size } = await file.stat()
  const buffer = new SharedArrayBuffer(size)
  await file.read(new Uint8Array(buffer), 0, size, 0)
  await file.close()
  kept.push(buffer)
}
console.log((performance.now() - startMs) / 1000)
