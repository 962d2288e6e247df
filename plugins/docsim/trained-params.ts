import type { TensorFile } from 'modelhost'
import { changedParams } from '../_model/changed-params.js'
import { invalid } from '../_model/invalid.js'

/** What of the params decides over answers, and which of it a training wrote into the model file. */
export interface BakedSettings {
  readonly search: 'none' | 'vector' | 'bm25'
  readonly weighting: 'uniform' | 'sif'
  readonly remove_principal_components: number
}

const ofTexts = ['language', 'stop_words', 'stop_words_extra', 'protected_tokens', 'normalization'] as const

function bakedParams({ search, weighting, remove_principal_components: removed }: BakedSettings): readonly string[] {
  const ofWeights = weighting === 'sif' ? ['weighting', 'sif_a'] : ['weighting']
  if (search === 'bm25') return ['language', 'stop_words', 'stop_words_extra', 'bm25_k1', 'bm25_b']
  if (search === 'vector') return [...ofTexts, ...ofWeights, 'remove_principal_components']
  return removed > 0 ? ofWeights : []
}

/**
 * Refuses params that the model file cannot follow: a search answers from scores and vectors that training made.
 * A file that does not say what it was trained with is taken as it is.
 *
 * @throws HostError ARTIFACT_INVALID naming the param
 */
export function checkTrainedParams(file: TensorFile, settings: BakedSettings): void {
  const [changed] = changedParams(file, settings, bakedParams(settings))
  if (!changed) return
  const { name, was, is } = changed
  throw invalid(file, `it was trained with ${name} ${JSON.stringify(was)}, its params ask for ${JSON.stringify(is)}`)
}
