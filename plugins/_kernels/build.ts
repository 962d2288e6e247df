/**
 * `npm run kernels`: compiles each `kernels/<name>.as.ts` of our plugins to `<name>.wasm` in dist, and checks it. What
 * several kernels import lies in `kernels/parts/`.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'
import { compileKernel } from '../../core/kernel.js'

// As docs/kernels.md explains them to authors.
const flags = [
  ...['-O3', '--enable', 'simd', '--enable', 'threads', '--sharedMemory', '--importMemory'],
  ...['--initialMemory', '1', '--maximumMemory', '65536', '--runtime', 'stub', '--noAssert'],
  ...['--debug', '--sourceMap'],
]
const suffix = '.as.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const sources = readdirSync(join(root, 'plugins'), { recursive: true, encoding: 'utf8' })
  .filter(path => path.endsWith(suffix) && !path.includes('/parts/'))
  .map(path => join('plugins', path))

for (const source of sources) {
  const target = join('dist', `${source.slice(0, -suffix.length)}.wasm`)
  try {
    const { error, stderr } = await asc.main([source, '--baseDir', root, '--outFile', target, ...flags])
    if (error) throw new Error(`${stderr}`)
    compileKernel(readFileSync(join(root, target)))
  } catch (error) {
    console.error(`${source}: ${(error as Error).message}`)
    process.exitCode = 1
  }
}
