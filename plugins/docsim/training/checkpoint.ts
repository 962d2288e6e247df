import type { TensorFile, TensorSource } from 'modelhost'
import { invalid } from '../../_model/invalid.js'
import { batchAt, type Fall, type Schedule } from './batches.js'
import { type MatrixName, readMatrix, type Training, writeMatrix } from './memory.js'
import type { Seed, SharedProgress } from './shared-progress.js'

/*
 * Where a training stands between two batches: `words`, `documents`, `outputs` F32 [rows, vector_size]; `generators` U32
 * [threads, 2]; `taken` F64 [1], the batches learned from; `fall` F64 [4], of the learning rate.
 */

const matrices = ['words', 'documents', 'outputs'] as const

/** To be called while no thread works. */
export function writeState(training: Training, progress: SharedProgress, threads: number): TensorSource {
  const { size, wordCount, documentCount } = training.layout
  const matrix = (name: MatrixName) => {
    const shape = [name === 'documents' ? documentCount : wordCount, size]
    return [name, { data: readMatrix(training, name), shape }] as const
  }
  const { from, alpha, end, least } = progress.fall
  const seeds = Array.from({ length: threads }, (_, thread) => progress.seedOf(thread))
  return {
    tensors: {
      ...Object.fromEntries(matrices.map(matrix)),
      generators: { data: Uint32Array.from(seeds.flat()), shape: [threads, 2] },
      taken: Float64Array.of(progress.taken),
      fall: Float64Array.of(from, alpha, end, least),
    },
  }
}

/** Where an earlier run stood. */
export interface FoundState {
  readonly taken: number
  readonly fall: Fall
  /** Of its threads. */
  readonly seeds: readonly Seed[]
}

/**
 * Puts the vectors of `writeState` back into the memory.
 *
 * @param start  the learning rate's fall where nothing was learned yet
 * @throws HostError ARTIFACT_INVALID where the state is not one of such a training; nothing is changed then
 */
export function readState(state: TensorFile, training: Training, schedule: Schedule, start: Fall): FoundState {
  const { size, wordCount, documentCount } = training.layout
  const numbers = matrices.map(name => {
    const data = state.tensor(name, 'F32', [name === 'documents' ? documentCount : wordCount, size])
    if (!data.every(Number.isFinite)) throw invalid(state, `"${name}" are not finite`)
    return data
  })
  const generators = state.tensor('generators', 'U32', [null, 2])
  if (generators.length === 0) throw invalid(state, 'it has no generator')
  const [taken] = state.tensor('taken', 'F64', [1])
  const most = start.end * (schedule.starts.length - 1)
  if (!Number.isSafeInteger(taken) || taken! < 0 || taken! > most) {
    throw invalid(state, `"taken" is ${taken}, the training has ${most} batches`)
  }
  const [from, alpha, end, least] = state.tensor('fall', 'F64', [4])
  const fall = { from: from!, alpha: alpha!, end: end!, least: least! }
  if (!isPartOf(fall, start, batchAt(schedule, taken!).passed)) {
    throw invalid(state, `"fall" is no fall of a learning rate from ${start.alpha} to ${start.least}`)
  }
  for (const [i, name] of matrices.entries()) writeMatrix(training, name, numbers[i]!)
  const seeds = Array.from(
    { length: generators.length / 2 },
    (_, i): Seed => [generators[2 * i]!, generators[2 * i + 1]!],
  )
  return { taken: taken!, fall, seeds }
}

/** NaN is part of nothing. */
const isPartOf = (fall: Fall, start: Fall, passed: number): boolean =>
  fall.least === start.least &&
  fall.alpha >= start.least &&
  fall.alpha <= start.alpha &&
  fall.from >= 0 &&
  fall.from <= passed &&
  fall.end > fall.from &&
  fall.end <= start.end
