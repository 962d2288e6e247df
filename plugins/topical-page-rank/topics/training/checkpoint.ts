import type { TensorFile, TensorSource } from 'modelhost'
import { invalid } from '../../../_model/invalid.js'
import type { Standing } from './learner.js'
import { numbersOf, type Training } from './memory.js'

/*
 * Where a training stands between two steps: `lambda` F64 [words, topics]; `step` F64 [1]; `perplexity` F64 [1]. Random
 * starts are drawn by step and document, so there is no generator to keep.
 */

export function writeState(training: Training, { step, perplexity }: Standing): TensorSource {
  const { topics, words, rowBytes } = training.layout
  const { lambda } = numbersOf(training)
  const data = new Float64Array(words * topics)
  const row = rowBytes / 8
  for (let word = 0; word < words; word++) data.set(lambda.subarray(word * row, word * row + topics), word * topics)
  return {
    tensors: {
      lambda: { data, shape: [words, topics] },
      step: Float64Array.of(step),
      perplexity: Float64Array.of(perplexity),
    },
  }
}

/**
 * Puts lambda of `writeState` back into the memory.
 *
 * @param most  steps of the whole training
 * @throws HostError ARTIFACT_INVALID where the state is not one of such a training; nothing is changed then
 */
export function readState(state: TensorFile, training: Training, most: number): Standing {
  const { topics, words, rowBytes } = training.layout
  const data = state.tensor('lambda', 'F64', [words, topics])
  if (!data.every(x => Number.isFinite(x) && x > 0)) throw invalid(state, '"lambda" are not finite and above 0')
  const [step] = state.tensor('step', 'F64', [1])
  if (!Number.isSafeInteger(step) || step! < 1 || step! > most) {
    throw invalid(state, `"step" is ${step}, the training has ${most}`)
  }
  const [perplexity] = state.tensor('perplexity', 'F64', [1])
  const { lambda } = numbersOf(training)
  const row = rowBytes / 8
  for (let word = 0; word < words; word++) lambda.set(data.subarray(word * topics, (word + 1) * topics), word * row)
  return { step: step!, perplexity: perplexity! }
}
