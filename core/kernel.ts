import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describeError } from './errors.js'
import type { SharedMemory } from './shared-memory.js'
import { type WasmImport, type WasmModule, webAssembly } from './webassembly.js'

/** Hot loops in WebAssembly, run on a model's own memory. See docs/kernels.md. */

/** A compiled kernel. */
export interface Kernel<Exports> {
  /**
   * An instance that reads and writes this memory. Its globals are its own, so each lane and thread makes one.
   *
   * @throws TypeError naming the file, when it is not what a kernel may be, or does not work on this memory
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
      module ??= readKernel(file)
      try {
        return new webAssembly.Instance(module, { env: { memory } }).exports as Exports
      } catch (cause) {
        const problem = `${fileURLToPath(file)} does not work on this memory (${describeError(cause)})`
        throw new TypeError(`${problem}. Give it the memory of an image, or of createSharedMemory.`, { cause })
      }
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

function readKernel(file: URL): WasmModule {
  const bytes = readFileSync(file)
  try {
    return compileKernel(bytes)
  } catch (cause) {
    throw new TypeError(`${fileURLToPath(file)} is no kernel: ${(cause as Error).message}`, { cause })
  }
}

const importSection = 2
const startSection = 8
const dataSection = 11

/** Of the limits of a memory. */
const hasMaximum = 1
const isShared = 2

/** 4 GiB: an image may have less, and its memory fits. */
const mostPages = 65_536

/**
 * Compiles a kernel. It must work on the memory that it is given, whatever its size, and write nothing into it by being
 * instantiated, since other threads read that memory already.
 *
 * @param bytes  of its `.wasm`
 * @throws TypeError saying why it is no kernel
 */
export function compileKernel(bytes: Uint8Array): WasmModule {
  let module: WasmModule
  try {
    module = new webAssembly.Module(bytes)
  } catch (error) {
    throw new TypeError(`it is no WebAssembly (${(error as Error).message}).`, { cause: error })
  }
  const problem = findProblem(webAssembly.Module.imports(module), new Map(sectionsOf(bytes)))
  if (problem) throw new TypeError(problem)
  return module
}

function findProblem(imports: readonly WasmImport[], sections: ReadonlyMap<number, Uint8Array>): string | undefined {
  const foreign = imports.filter(({ module, name, kind }) => `${module}.${name} ${kind}` !== 'env.memory memory')
  if (foreign.length > 0) {
    const names = foreign.map(({ module, name }) => `${module}.${name}`).join(', ')
    return `it imports ${names}. A kernel imports its memory alone: leave out what needs a runtime, such as new and throw.`
  }
  if (imports.length === 0) return 'it brings a memory of its own. Compile it with --importMemory.'
  const { flags, minimum, maximum } = limitsOf(sections.get(importSection)!)
  if (!(flags & isShared)) return 'its memory is not shared. Compile it with --sharedMemory.'
  if (minimum > 1) {
    return `it asks for ${minimum} pages of memory, an image may have one. Compile it with --initialMemory 1.`
  }
  if (maximum < mostPages) {
    return `its memory has at most ${maximum} pages, an image may have more. Compile it with --maximumMemory ${mostPages}.`
  }
  if (sections.has(dataSection)) {
    return 'it has a data section. Leave out strings and tables of constants: they would be written over the image.'
  }
  if (sections.has(startSection)) return 'it has a start function. Give globals constant values.'
  return undefined
}

/** The limits of the memory that a module imports, in pages, where that is all that it imports. */
function limitsOf(section: Uint8Array): { flags: number; minimum: number; maximum: number } {
  const reader = new Reader(section)
  // How many imports there are; the names of the module and of the import; that it is a memory.
  reader.number()
  reader.take(reader.number())
  reader.take(reader.number())
  reader.take(1)
  const flags = reader.number()
  const minimum = reader.number()
  return { flags, minimum, maximum: flags & hasMaximum ? reader.number() : mostPages }
}

/** The sections of a valid module: each its id and what is in it. */
function* sectionsOf(bytes: Uint8Array): Generator<[number, Uint8Array]> {
  const reader = new Reader(bytes)
  // Magic number and version.
  reader.take(8)
  while (!reader.isAtEnd) {
    const id = reader.number()
    yield [id, reader.take(reader.number())]
  }
}

/** Reads what is known to be well-formed. */
class Reader {
  #at = 0
  constructor(private readonly bytes: Uint8Array) {}

  get isAtEnd(): boolean {
    return this.#at >= this.bytes.length
  }

  /** Seven bits a byte, the lowest first. */
  number(): number {
    let value = 0
    for (let factor = 1; ; factor *= 128) {
      const byte = this.bytes[this.#at++]!
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
    }
  }

  take(count: number): Uint8Array {
    this.#at += count
    return this.bytes.subarray(this.#at - count, this.#at)
  }
}
