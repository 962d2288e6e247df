import type { SharedMemory } from './shared-memory.js'

/** The part of the WebAssembly API that is used here; the compiler's own types of it come with a browser's. */

export interface WasmModule {
  readonly __brand: 'WebAssembly.Module'
}

export interface WasmImport {
  readonly module: string
  readonly name: string
  readonly kind: string
}

interface Api {
  readonly Memory: { new (descriptor: { initial: number; maximum: number; shared: true }): SharedMemory }
  readonly Module: {
    new (bytes: Uint8Array): WasmModule
    imports(module: WasmModule): WasmImport[]
    customSections(module: WasmModule, name: string): ArrayBuffer[]
  }
  readonly Instance: { new (module: WasmModule, imports: object): { readonly exports: unknown } }
}

export const { WebAssembly: webAssembly } = globalThis as unknown as { WebAssembly: Api }
