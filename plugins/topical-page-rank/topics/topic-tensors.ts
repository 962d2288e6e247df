import type { TensorFile, TensorSource } from 'modelhost'
import { invalid } from '../../_model/invalid.js'
import { indexTopics, readTopicIndex, type TopicIndex } from './topic-index.js'

/** What a topic model is read from. */
export interface TopicTensors {
  readonly topics: number
  readonly words: number
  /** topics × words, row-major: lambda */
  readonly components: Float32Array | Float64Array
  /** By topic: the sum of its row. */
  readonly sums: Float64Array
  /** alpha */
  readonly docTopicPrior: number
  /** The component of a word that is not in a topic: eta, as the file's numbers have it. */
  readonly base: number
  readonly index: TopicIndex | undefined
}

/** Topics as they were learned, or as another program has them. */
export interface TopicNumbers {
  /** topics × words, row-major: lambda, each above 0 */
  readonly components: Float64Array
  readonly docTopicPrior: number
  /** 1 / topics where it is not known. */
  readonly topicWordPrior?: number | undefined
}

/**
 * The tensors and metadata of topics in a model file, for `readTopicTensors`: `components` [topics, words], `topic_sums`
 * F64 [topics], `topic_index.*` where words are in few topics, `doc_topic_prior` and `topic_word_prior`.
 *
 * @param words  size of the vocabulary
 */
export function topicTensors(
  { components: numbers, docTopicPrior, topicWordPrior }: TopicNumbers,
  words: number,
  precision: 'float32' | 'float64',
): { tensors: TensorSource['tensors']; metadata: Readonly<Record<string, string>> } {
  const topics = numbers.length / words
  const components = precision === 'float32' ? Float32Array.from(numbers) : numbers
  const prior = topicWordPrior ?? 1 / topics
  const index = indexTopics(components, words, baseOf(components, prior))
  const tensors = {
    components: { data: components, shape: [topics, words] },
    topic_sums: sumRows(components, words).sums,
    ...(index ? { 'topic_index.offsets': index.offsets, 'topic_index.topics': index.topics } : {}),
  }
  return { tensors, metadata: { doc_topic_prior: String(docTopicPrior), topic_word_prior: String(prior) } }
}

/**
 * Reads what `topicTensors` writes. From other programs `components` F32 or F64 and `doc_topic_prior` are enough: what is
 * absent is computed, in a pass over all components that checks them too. A file with sums saves that pass; what is damaged
 * in it makes answers wrong, but finite.
 *
 * @param words  size of the vocabulary
 * @throws HostError ARTIFACT_INVALID
 */
export function readTopicTensors(file: TensorFile, words: number): TopicTensors {
  const dtype = file.info('components').dtype === 'F64' ? 'F64' : 'F32'
  const components = file.tensor('components', dtype, [null, words])
  const topics = file.info('components').shape[0]!
  if (topics === 0) throw invalid(file, 'its components have no topic')
  if (words === 0) throw invalid(file, 'its vocabulary is empty')
  const docTopicPrior = readPrior(file, 'doc_topic_prior')
  const wordPrior = file.metadata['topic_word_prior'] === undefined ? 1 / topics : readPrior(file, 'topic_word_prior')
  const base = baseOf(components, wordPrior)
  const numbers = { topics, words, components, docTopicPrior, base }
  if (file.has('topic_sums')) {
    return { ...numbers, sums: readSums(file, topics), index: readTopicIndex(file, topics, words) }
  }
  const { sums, damaged } = sumRows(components, words)
  if (damaged !== undefined) throw invalid(file, `"components" of topic ${damaged} are not finite and above 0`)
  return { ...numbers, sums, index: indexTopics(components, words, base) }
}

const isUsable = (x: number) => Number.isFinite(x) && x > 0

const baseOf = (components: Float32Array | Float64Array, prior: number) =>
  components instanceof Float32Array ? Math.fround(prior) : prior

function readSums(file: TensorFile, topics: number): Float64Array {
  const sums = file.tensor('topic_sums', 'F64', [topics])
  if (!sums.every(isUsable)) throw invalid(file, '"topic_sums" are not finite and above 0')
  return sums
}

/** Sums of rows; the first row that has a number which is not finite and above 0. */
function sumRows(components: Float32Array | Float64Array, words: number): { sums: Float64Array; damaged?: number } {
  const sums = new Float64Array(components.length / words)
  for (let topic = 0; topic < sums.length; topic++) {
    let sum = 0
    let least = Infinity
    const end = (topic + 1) * words
    for (let i = topic * words; i < end; i++) {
      const value = components[i]!
      sum += value
      if (!(value > least)) least = value
    }
    // A NaN makes the sum one.
    if (!isUsable(least) || !Number.isFinite(sum)) return { sums, damaged: topic }
    sums[topic] = sum
  }
  return { sums }
}

function readPrior(file: TensorFile, name: string): number {
  const text = file.metadata[name]
  if (text === undefined) throw invalid(file, `its metadata has no ${name}`)
  const prior = text.trim() === '' ? Number.NaN : Number(text)
  if (!isUsable(prior)) throw invalid(file, `its ${name} is "${text}", not a number above 0`)
  return prior
}
