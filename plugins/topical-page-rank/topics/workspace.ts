import { createSharedMemory, pageBytes, type SharedMemory } from 'modelhost/kernels'
import { type DocumentKernel, documentKernel } from './kernels/document.js'

/** Room to fit documents in: one for all models of a thread. At 100 topics 5,000 different words have a place at once. */
export const workspaceBytes = 4 << 20

/** Where the documents of all models of a thread are fitted, one after the other. */
export interface Workspace {
  readonly memory: SharedMemory
  readonly kernel: DocumentKernel
  readonly at: number
  readonly bytes: number
  readonly entries: Entries
}

let workspace: Workspace | undefined

/** This thread's, made when it is first needed. */
export function openWorkspace(): Workspace {
  if (!workspace) {
    const memory = createSharedMemory(pageBytes + workspaceBytes)
    const kernel = documentKernel.over(memory)
    workspace = { memory, kernel, at: pageBytes, bytes: workspaceBytes, entries: new Entries(memory, kernel) }
  }
  return workspace
}

/** Even; all fit in the memory's first page. */
const capacity = 1024
/** After an address that no pointer has. */
const entriesAt = 64

/** Numbers of a block that are written singly; the kernel computes them some at a time. */
class Entries {
  readonly #lambdas: Float64Array
  readonly #factors: Float64Array
  readonly #targets: Uint32Array
  #length = 0

  constructor(
    memory: SharedMemory,
    private readonly kernel: DocumentKernel,
  ) {
    this.#lambdas = new Float64Array(memory.buffer, entriesAt, capacity)
    this.#factors = new Float64Array(memory.buffer, entriesAt + 8 * capacity, capacity)
    this.#targets = new Uint32Array(memory.buffer, entriesAt + 16 * capacity, capacity)
  }

  /** block[target] = exp(psi(lambda)) * factor, at the latest after `flush`. */
  add(block: Float64Array, target: number, lambda: number, factor: number): void {
    const at = this.#length++
    this.#lambdas[at] = lambda
    this.#factors[at] = factor
    this.#targets[at] = target
    if (this.#length === capacity) this.flush(block)
  }

  flush(block: Float64Array): void {
    const last = this.#length - 1
    // The kernel takes two at a time: the last one twice.
    if (this.#length % 2 === 1) this.add(block, this.#targets[last]!, this.#lambdas[last]!, this.#factors[last]!)
    if (this.#length === 0) return
    const [lambdas, factors, targets] = [this.#lambdas, this.#factors, this.#targets]
    this.kernel.expectAt(block.byteOffset, lambdas.byteOffset, factors.byteOffset, targets.byteOffset, this.#length)
    this.#length = 0
  }
}
