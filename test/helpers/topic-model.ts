import { encodeTensorFile, stringTable, TensorFile, type TensorSource } from 'modelhost'
import { readTopicModel, type TopicModel } from '../../plugins/topical-page-rank/topics/topic-model.js'
import { topicTensors } from '../../plugins/topical-page-rank/topics/topic-tensors.js'

export const wordNames = (count: number) => Array.from({ length: count }, (_, i) => `w${i}`)

/** The file of a topic model as a stranger writes it: components and prior alone. */
export function bareTopicFile(
  words: readonly string[],
  components: Float32Array | Float64Array,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const shape = [components.length / Math.max(words.length, 1), words.length]
  const tensors = { ...stringTable('vocabulary', words), components: { data: components, shape } }
  return encodeTensorFile({ tensors, metadata })
}

/** The file as a training writes it. */
export function topicFile(
  words: readonly string[],
  components: Float64Array,
  { docTopicPrior, topicWordPrior }: { docTopicPrior: number; topicWordPrior?: number },
  precision: 'float32' | 'float64' = 'float64',
): Uint8Array {
  const numbers = { components, docTopicPrior, topicWordPrior }
  const { tensors, metadata } = topicTensors(numbers, words.length, precision)
  const source: TensorSource = { tensors: { ...stringTable('vocabulary', words), ...tensors }, metadata }
  return encodeTensorFile(source)
}

export const openTopics = (bytes: Uint8Array): TopicModel => readTopicModel(new TensorFile(bytes, 'Topics-model'))

/** theta of word numbers and their counts. */
export function thetaOf(model: TopicModel, words: readonly number[], counts: readonly number[] = words.map(() => 1)) {
  const theta = new Float64Array(model.topicCount)
  model.transform(Uint32Array.from(words), Uint32Array.from(counts), words.length, theta)
  return [...theta]
}

/** phi of a word. */
export function phiOf(model: TopicModel, word: number): number[] {
  const phi = new Float64Array(model.topicCount)
  model.wordTopics(word, phi)
  return [...phi]
}
