/**
 * The kernels' door: what a hot loop and a thread that runs nothing else import. The authors' door brings schemas with
 * it, which take a thread 0.2 s.
 */
export { addressOf, defineKernel, type Kernel } from './kernel.js'
export { createSharedMemory, maxMemoryBytes, pageBytes, type SharedMemory } from './shared-memory.js'
