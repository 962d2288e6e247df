import type { TensorFile } from 'modelhost'
import { invalid } from '../../_model/invalid.js'

/**
 * In which topics each word is: where its component is not the prior. After a batch training that is one component in
 * twenty or a hundred, so that a document's columns are written from some numbers instead of gathered from all over the
 * components.
 */
export interface TopicIndex {
  /** words + 1: where the topics of each word begin, and the end of the last. */
  readonly offsets: Uint32Array
  readonly topics: Uint16Array
}

/** An index of more than an eighth of the components costs much and gains little. */
const largestShare = 1 / 8

/**
 * @param components  topics × words, row-major
 * @param base        the component of a word that is not in a topic
 * @returns undefined where words are in too many topics, as after an online training
 */
export function indexTopics(
  components: Float32Array | Float64Array,
  words: number,
  base: number,
): TopicIndex | undefined {
  const topicCount = components.length / words
  const ends = new Uint32Array(words + 1)
  let total = 0
  for (let i = 0, word = 0; i < components.length; i++, word = word + 1 < words ? word + 1 : 0) {
    if (components[i] === base) continue
    ends[word]!++
    total++
  }
  if (total > components.length * largestShare || topicCount > 0x1_0000) return undefined
  for (let word = 0, begin = 0; word <= words; word++) {
    const count = ends[word]!
    ends[word] = begin
    begin += count
  }
  // Writing moves each beginning to its end, which is the next one's beginning.
  const topics = new Uint16Array(total)
  for (let topic = 0, i = 0; topic < topicCount; topic++) {
    for (let word = 0; word < words; word++, i++) {
      if (components[i] !== base) topics[ends[word]!++] = topic
    }
  }
  ends.copyWithin(1, 0, words)
  ends[0] = 0
  return { offsets: ends, topics }
}

/**
 * Reads `topic_index.offsets` U32 [words + 1] and `topic_index.topics` U16 where the file has them.
 *
 * @throws HostError ARTIFACT_INVALID
 */
export function readTopicIndex(file: TensorFile, topicCount: number, words: number): TopicIndex | undefined {
  if (!file.has('topic_index.offsets')) return undefined
  const offsets = file.tensor('topic_index.offsets', 'U32', [words + 1])
  const topics = file.tensor('topic_index.topics', 'U16', [null])
  const isRising = offsets.every((offset, i) => i === 0 || offset >= offsets[i - 1]!)
  if (!isRising || offsets[0] !== 0 || offsets[words] !== topics.length) {
    throw invalid(file, '"topic_index.offsets" do not cut "topic_index.topics" into words')
  }
  if (!topics.every(topic => topic < topicCount))
    throw invalid(file, `"topic_index.topics" has one above ${topicCount - 1}`)
  return { offsets, topics }
}
