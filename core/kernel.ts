import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { SharedMemory } from './shared-memory.js'
import { type WasmModule, webAssembly } from './webassembly.js'

/** Hot loops in WebAssembly, run on a model's own memory. See docs/kernels.md. */

/** A compiled kernel. */
export interface Kernel<Exports> {
  /**
   * An instance that reads and writes this memory. Its globals are its own, so each lane and thread makes one.
   *
   * @throws TypeError naming the file, when it is not what a kernel may be
   */
  over(memory: SharedMemory): Exports
}

/**
 * Names a kernel. It is read, checked and compiled when it is first needed, once a thread.
 *
 * @param file  URL of its `.wasm`, best `new URL('./name.wasm', import.meta.url)`
 */
export function defineKernel<Exports>(file: URL): Kernel<Exports> {
  let module: WasmModule | undefined
  return {
    over(memory) {
      module ??= compile(file)
      return new webAssembly.Instance(module, { env: { memory } }).exports as Exports
    },
  }
}

/**
 * Where a kernel finds what a view shows.
 *
 * @returns bytes from the start of the memory
 * @throws TypeError when the view is of another memory, such as a copy
 */
export function addressOf(memory: SharedMemory, view: ArrayBufferView): number {
  if (view.buffer === memory.buffer) return view.byteOffset
  throw new TypeError('A kernel was to read a view that is not in its memory. Pass views of the image itself.')
}

function compile(file: URL): WasmModule {
  const bytes = readFileSync(file)
  const problem = findKernelProblem(bytes)
  if (problem) throw new TypeError(`${fileURLToPath(file)} is no kernel: ${problem}`)
  return new webAssembly.Module(bytes)
}

const startSection = 8
const dataSection = 11

/**
 * What keeps a WebAssembly file from being a kernel: it must work on the memory that it is given, and write nothing
 * into it by being instantiated, since other threads read that memory already.
 *
 * @returns a sentence; undefined where nothing does
 */
export function findKernelProblem(bytes: Uint8Array): string | undefined {
  let module: WasmModule
  try {
    module = new webAssembly.Module(bytes)
  } catch (error) {
    return `it is no WebAssembly (${(error as Error).message}).`
  }
  const imports = webAssembly.Module.imports(module)
  const foreign = imports.filter(({ module, name, kind }) => `${module}.${name} ${kind}` !== 'env.memory memory')
  if (foreign.length > 0) {
    const names = foreign.map(({ module, name }) => `${module}.${name}`).join(', ')
    return `it imports ${names}. A kernel imports its memory alone: leave out what needs a runtime, such as new and throw.`
  }
  if (imports.length === 0) return 'it brings a memory of its own. Compile it with --importMemory.'
  const sections = new Set(sectionsOf(bytes))
  if (sections.has(dataSection)) {
    return 'it has a data section. Leave out strings and tables of constants: they would be written over the image.'
  }
  if (sections.has(startSection)) return 'it has a start function. Give globals constant values.'
  return undefined
}

/** The ids of the sections of a valid module. */
function* sectionsOf(bytes: Uint8Array): Generator<number> {
  // Magic number and version.
  let at = 8
  while (at < bytes.length) {
    yield bytes[at++]!
    let length = 0
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!
      length += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) break
    }
    at += length
  }
}
