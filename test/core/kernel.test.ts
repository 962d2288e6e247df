import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import asc from 'assemblyscript/asc'
import { addressOf, createSharedMemory, defineKernel } from 'modelhost/kernels'
import t, { type Test } from 'tap'
import { compileKernel } from '../../core/kernel.js'
import { webAssembly } from '../../core/webassembly.js'

const flags = [
  ...['-O3', '--enable', 'simd', '--enable', 'threads', '--sharedMemory', '--importMemory'],
  ...['--initialMemory', '1', '--maximumMemory', '65536', '--runtime', 'stub', '--noAssert'],
]

/** Compiles a kernel's source. */
async function compile(t: Test, source: string, options: readonly string[] = flags): Promise<string> {
  const folder = t.testdir({ 'kernel.as.ts': source })
  const { error, stderr } = await asc.main(['kernel.as.ts', '--baseDir', folder, '--outFile', 'k.wasm', ...options])
  if (error) throw new Error(String(stderr))
  return join(folder, 'k.wasm')
}

const sum = `export function sum(at: usize, count: i32): f32 {
  let total: f32 = 0
  for (let i: i32 = 0; i < count; i++) total += load<f32>(at + ((i as usize) << 2))
  return total
}`

t.test('a kernel reads the memory it is given, and two instances share nothing else', async t => {
  const counting = `${sum}
let calls: i32 = 0
export function count(): i32 { return ++calls }`
  const kernel = defineKernel<{ sum(at: number, count: number): number; count(): number }>(
    pathToFileURL(await compile(t, counting)),
  )
  const memory = createSharedMemory(65_536)
  new Float32Array(memory.buffer, 1024, 3).set([1, 2, 3.5])
  const [one, other] = [kernel.over(memory), kernel.over(memory)]
  t.equal(one.sum(1024, 3), 6.5)
  t.equal(other.sum(1028, 2), 5.5)
  t.same([one.count(), one.count(), other.count()], [1, 2, 1])
})

t.test('the kernel of the page compiles with the flags of the page, and does what it says', async t => {
  const page = await readFile(new URL('../../../docs/kernels.md', import.meta.url), 'utf8')
  const source = /```ts\n(\/\*\* The product.*?)```/s.exec(page)![1]!
  const [, command] = /```sh\nnpx asc \S+ --outFile \S+ (.*?)```/s.exec(page)!
  const options = command!.split(/[\s\\]+/).filter(Boolean)
  t.same(options.slice(0, flags.length).toSorted(), flags.toSorted(), 'and these are the flags of these tests')
  const file = await compile(t, source, options)
  const kernel = defineKernel<{ dot(a: number, b: number, size: number): number }>(pathToFileURL(file))
  const memory = createSharedMemory(65_536)
  const numbers = new Float32Array(memory.buffer, 1024, 16)
  numbers.set([1, 2, 3, 4, 5, 6, 7, 8, 1, 1, 1, 1, 2, 2, 2, 2])
  const at = addressOf(memory, numbers)
  t.equal(kernel.over(memory).dot(at, at + 32, 8), 62)
  t.throws(() => addressOf(memory, numbers.slice()), { message: /not in its memory/ })
})

t.test('what is no kernel is refused by name, before it can write anything', async t => {
  const problemOf = async (source: string, options = flags) => {
    const bytes = await readFile(await compile(t, source, options))
    try {
      compileKernel(bytes)
    } catch (error) {
      return (error as TypeError).message
    }
  }
  t.equal(await problemOf(sum), undefined)
  t.match(
    await problemOf(`export function name(): string { return "abc" }`),
    /it has a data section\. Leave out strings/,
  )
  t.match(
    await problemOf(`export function stop(): void { throw new Error("no") }`),
    /it imports env\.abort\. A kernel imports its memory alone/,
  )
  const own = flags.filter(flag => flag !== '--importMemory')
  t.match(await problemOf(sum, own), /it brings a memory of its own\. Compile it with --importMemory\./)
  t.match(
    await problemOf(
      `function two(): i32 { return load<i32>(8) }\nlet x: i32 = two()\nexport function get(): i32 { return x }`,
    ),
    /it has a start function/,
  )
  t.throws(() => compileKernel(new TextEncoder().encode('no kernel')), { message: /^it is no WebAssembly/ })

  const file = join(t.testdir({ 'k.wasm': 'no kernel' }), 'k.wasm')
  t.throws(() => defineKernel(pathToFileURL(file)).over(createSharedMemory(65_536)), {
    message: /k\.wasm is no kernel: it is no WebAssembly/,
  })
})

t.test('a kernel that would not work on every image is refused, with the flag that mends it', async t => {
  const cases: [string, string, string | undefined][] = [
    ['--sharedMemory', '', 'its memory is not shared. Compile it with --sharedMemory.'],
    ['--initialMemory 1', '', undefined],
    [
      '--initialMemory 1',
      '--initialMemory 5',
      'it asks for 5 pages of memory, an image may have one. Compile it with --initialMemory 1.',
    ],
    [
      '--maximumMemory 65536',
      '--maximumMemory 300',
      'its memory has at most 300 pages, an image may have more. Compile it with --maximumMemory 65536.',
    ],
  ]
  for (const [from, to, problem] of cases) {
    const options = flags.join(' ').replace(from, to).split(' ').filter(Boolean)
    const file = await compile(t, sum, options)
    const kernel = defineKernel(pathToFileURL(file))
    const over = () => kernel.over(createSharedMemory(65_536))
    if (problem) t.throws(over, { name: 'TypeError', message: `${file} is no kernel: ${problem}` })
    else t.doesNotThrow(over, to)
  }
})

t.test('a memory that no kernel can work on is refused with the name of the kernel', async t => {
  const file = await compile(t, sum)
  const kernel = defineKernel(pathToFileURL(file))
  const own = { buffer: new SharedArrayBuffer(65_536) }
  t.throws(() => kernel.over(own), {
    name: 'TypeError',
    message: /k\.wasm does not work on this memory \(LinkError: .*\)\. Give it the memory of an image, or/,
    cause: { name: 'LinkError' },
  })
})

t.test('our kernels keep the names of their functions, for profiles', async t => {
  const bytes = await readFile(new URL('../../plugins/docsim/kernels/pv-dm.wasm', import.meta.url))
  const module = new webAssembly.Module(bytes)
  t.equal(webAssembly.Module.customSections(module, 'sourceMappingURL').length, 1)
  const [names] = webAssembly.Module.customSections(module, 'name')
  t.match(new TextDecoder().decode(names), /kernels\/pv-dm\.as\/learn/)
})
