/** pke's topics: scikit-learn's LDA as `compute_lda_model` saves it -> a model of TopicalPageRank. */
import { stringTable } from '../../core/string-table.js'
import { topicTensors } from '../../plugins/topical-page-rank/topics/topic-tensors.js'
import { checkDistinct, checkWords } from './check-words.js'
import { ImportError } from './import-error.js'
import { maxModelBytes } from './limits.js'
import type { MadeModel } from './made-model.js'
import { NumpyArray } from './pickle/numpy.js'
import { quoted } from './pickle/quoted.js'
import { describePickled, Tuple, type Value } from './pickle/values.js'

const what = 'the vocabulary'
/** As docs/artifacts.md has it. */
const formatVersion = '1'

/** Is it what pke saves: a tuple of vocabulary, `components_`, `exp_dirichlet_component_` and `doc_topic_prior_`? */
export function isLda(value: Value): value is Tuple {
  return value instanceof Tuple && value.items.length === 4 && value.items[1] instanceof NumpyArray
}

/** @throws ImportError where the parts do not fit each other */
export function readLda({ items }: Tuple): MadeModel {
  const [vocabulary, components, derived, prior] = items
  const words = checkWords(wordsOf(vocabulary), what)
  checkDistinct(words, what)
  if (!(components instanceof NumpyArray) || components.shape.length !== 2)
    throw new ImportError(`its components are ${describePickled(components)}, not an array of topics and words.`)
  const [topics, columns] = components.shape as [number, number]
  if (columns !== words.length || topics === 0)
    throw new ImportError(`it has ${words.length} words and components of ${topics} topics and ${columns} words.`)
  if (!(derived instanceof NumpyArray) || derived.shape.join() !== components.shape.join())
    throw new ImportError(`beside its components is ${describePickled(derived)}, not an array of the same shape.`)
  const docTopicPrior = prior instanceof NumpyArray && prior.shape.length === 0 ? prior.float64()[0] : prior
  if (typeof docTopicPrior !== 'number' || !(docTopicPrior > 0 && docTopicPrior < Infinity))
    throw new ImportError(`its doc_topic_prior is ${describePickled(prior)}, not a number above 0.`)
  return {
    plugin: 'TopicalPageRank',
    source: 'topics of pke',
    fixed: { n_topics: topics },
    // So that the numbers are those of scikit-learn to the last bit.
    params: { precision: 'float64' },
    figures: { words: words.length, topics },
    notes: [],
    content({ precision }) {
      checkSize(topics, columns, precision === 'float32' ? 4 : 8)
      const numbers = components.float64()
      const odd = numbers.findIndex(x => !(x > 0 && x < Infinity))
      if (odd >= 0)
        throw new ImportError(
          `the word ${quoted(words[odd % columns]!)} has ${numbers[odd]} in topic ${Math.floor(odd / columns)}; ` +
            'components are finite and above 0.',
        )
      const { tensors, metadata } = topicTensors(
        { components: numbers, docTopicPrior },
        words.length,
        precision === 'float32' ? 'float32' : 'float64',
      )
      return {
        tensors: { ...stringTable('vocabulary', words), ...tensors },
        metadata: { ...metadata, format_version: formatVersion, plugin: 'TopicalPageRank' },
      }
    },
  }
}

function checkSize(topics: number, words: number, itemBytes: number): void {
  const bytes = topics * words * itemBytes
  if (bytes <= maxModelBytes) return
  const advice = itemBytes === 8 ? '--set precision=float32 halves them' : 'Train with fewer topics'
  throw new ImportError(
    `its ${topics} topics of ${words} words take ${bytes} bytes; a model has at most ${maxModelBytes}. ${advice}.`,
  )
}

function wordsOf(vocabulary: Value | undefined): readonly unknown[] {
  if (Array.isArray(vocabulary)) return vocabulary
  if (vocabulary instanceof NumpyArray && vocabulary.objects) return vocabulary.objects
  throw new ImportError(`${what} is ${describePickled(vocabulary)}, not a list of words.`)
}
