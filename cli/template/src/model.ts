import { type Artifact, fail } from 'modelhost'
import { wordsOf } from './words.js'

/**
 * Opens a trained model. What comes back are views on memory that all threads share, not copies, so opening is cheap
 * and ten threads need no more memory than one.
 *
 * @throws HostError when the file does not hold what `train` writes; missing tensors and wrong shapes are found by the
 *   artifact itself
 */
export function readModel({ model, prefix }: Artifact) {
  const vocabulary = model.strings('vocabulary') // finds a word's number
  const labels = model.stringList('labels')
  if (labels.size < 2)
    throw fail('ARTIFACT_INVALID', { file: `${prefix}-model`, problem: 'it has fewer than 2 labels' })
  return {
    vocabulary,
    labels: Array.from({ length: labels.size }, (_, i) => labels.get(i)),
    labelScores: model.tensor('label_scores', 'F32', [labels.size]), // log P(label)
    wordScores: model.tensor('word_scores', 'F32', [vocabulary.size, labels.size]), // log P(word | label)
  }
}

type Model = ReturnType<typeof readModel>

/** The label of a text: log P(label) and log P(word | label) of each known word, added up. */
export function classify({ vocabulary, labels, labelScores, wordScores }: Model, text: string) {
  const sums = [...labelScores]
  for (const word of wordsOf(text)) {
    const row = vocabulary.find(word)
    if (row < 0) continue // it was not in the training texts, and speaks for no label
    for (let k = 0; k < sums.length; k++) sums[k]! += wordScores[row * sums.length + k]!
  }
  const highest = Math.max(...sums) // taken off before `exp`, which would give 0 for all labels of a long text
  const shares = sums.map(sum => Math.exp(sum - highest))
  const total = shares.reduce((a, b) => a + b)
  return {
    label: labels[sums.indexOf(highest)]!,
    scores: Object.fromEntries(labels.map((label, k) => [label, shares[k]! / total])),
  }
}
