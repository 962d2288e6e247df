import type { TensorFile } from 'modelhost'
import { invalid } from './invalid.js'

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
  /** The number that most components are: eta, as the file's numbers have it. */
  readonly base: number
}

/**
 * Reads `components` F32 or F64 [topics, words], `topic_sums` F64 [topics] where the file has it, and from the metadata
 * `doc_topic_prior` and, where it has it, `topic_word_prior`.
 *
 * Components are checked while they are summed. A file with sums saves that pass over all of them: what is damaged in it
 * makes answers wrong, but finite.
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
  const sums = file.has('topic_sums') ? readSums(file, topics) : sumRows(file, components, words)
  const docTopicPrior = readPrior(file, 'doc_topic_prior')
  const wordPrior = file.metadata['topic_word_prior'] === undefined ? 1 / topics : readPrior(file, 'topic_word_prior')
  const base = dtype === 'F32' ? Math.fround(wordPrior) : wordPrior
  return { topics, words, components, sums, docTopicPrior, base }
}

const isUsable = (x: number) => Number.isFinite(x) && x > 0

function readSums(file: TensorFile, topics: number): Float64Array {
  const sums = file.tensor('topic_sums', 'F64', [topics])
  if (!sums.every(isUsable)) throw invalid(file, '"topic_sums" are not finite and above 0')
  return sums
}

function sumRows(file: TensorFile, components: Float32Array | Float64Array, words: number): Float64Array {
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
    if (!isUsable(least) || !Number.isFinite(sum)) {
      throw invalid(file, `"components" of topic ${topic} are not finite and above 0`)
    }
    sums[topic] = sum
  }
  return sums
}

function readPrior(file: TensorFile, name: string): number {
  const text = file.metadata[name]
  if (text === undefined) throw invalid(file, `its metadata has no ${name}`)
  const prior = text.trim() === '' ? Number.NaN : Number(text)
  if (!isUsable(prior)) throw invalid(file, `its ${name} is "${text}", not a number above 0`)
  return prior
}
