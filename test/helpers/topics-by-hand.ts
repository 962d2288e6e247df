import { documentKernel } from '../../plugins/topical-page-rank/topics/kernels/document.js'
import { priorsOf } from '../../plugins/topical-page-rank/topics/train-topics.js'
import { type Fitness, measureFitness } from '../../plugins/topical-page-rank/topics/training/fitness.js'
import {
  createTraining,
  numbersOf,
  readComponents,
  type Training,
} from '../../plugins/topical-page-rank/topics/training/memory.js'
import type { PhaseSettings } from '../../plugins/topical-page-rank/topics/training/phases.js'
import { learnTopics } from '../../plugins/topical-page-rank/topics/training/rounds.js'
import type { CountMatrix, TopicSettings } from '../../plugins/topical-page-rank/topics/training/settings.js'
import type { Team } from '../../plugins/topical-page-rank/topics/training/team.js'
import { type Starts, Work } from '../../plugins/topical-page-rank/topics/training/work.js'
import { silentLog } from './silent-log.js'

type Rows = readonly (readonly number[])[]

/** Where a training begins, written down: lambda, topics × words; gamma of each step, its documents × topics. */
export interface GivenStarts {
  readonly components: Rows
  readonly gamma: readonly Rows[]
}

/** A training in this thread, from starts that are given instead of drawn. */
export class TrainingByHand {
  readonly evaluations: { round: number; perplexity: number }[] = []
  readonly #training: Training
  readonly #priors: PhaseSettings
  readonly #team: Team
  readonly #expPsiOf: (x: number) => number

  constructor(
    matrix: CountMatrix,
    private readonly settings: TopicSettings,
    starts: GivenStarts,
  ) {
    const batch = settings.learning_method === 'online' ? settings.batch_size : matrix.rows
    this.#training = createTraining(matrix, settings.n_topics, batch, 1)
    this.#priors = priorsOf(settings)
    const { memory, layout } = this.#training
    const order = { memory, layout, settings: this.#priors, thread: 0 }
    const work = new Work(order, startsOf(this.#training, starts))
    const control = new Int32Array(memory.buffer, layout.control, 2)
    this.#team = {
      async run(phase) {
        control[0] = 0
        for (const _ of work.run(phase)) {
          // Nobody else works.
        }
        return undefined
      },
    }
    this.#expPsiOf = documentKernel.over(memory).expPsiOf
  }

  /** @returns passes */
  async learn(): Promise<number> {
    const onRound = (round: number, fitness: Fitness | undefined) => {
      if (fitness) this.evaluations.push({ round, perplexity: fitness.perplexity })
    }
    const { rounds } = await learnTopics({
      training: this.#training,
      settings: this.settings,
      priors: this.#priors,
      team: this.#team,
      expPsiOf: this.#expPsiOf,
      onRound,
      log: silentLog,
    })
    return rounds
  }

  async fitness(): Promise<Fitness> {
    return (await measureFitness(this.#training, this.#priors, this.#team))!
  }

  /** topics × words */
  get components(): Float64Array {
    return readComponents(this.#training)
  }
}

function startsOf(training: Training, { components, gamma }: GivenStarts): Starts {
  const { batch, rowBytes } = training.layout
  return {
    words(from, to) {
      const { lambda } = numbersOf(training)
      for (let word = from; word < to; word++) {
        lambda.set(
          components.map(row => row[word]!),
          (word * rowBytes) / 8,
        )
      }
    },
    document: (step, document, into) => into.set(gamma[step - 1]![document % batch]!),
  }
}

/** How well topics tell documents, those they were learned from or others. */
export async function judge(components: Rows, documents: CountMatrix, settings: TopicSettings): Promise<Fitness> {
  const still = new TrainingByHand(documents, { ...settings, max_iter: 0 }, { components, gamma: [] })
  await still.learn()
  return still.fitness()
}

/** A matrix as rows. */
export const rowsOf = (numbers: Float64Array, rows: number): number[][] =>
  Array.from({ length: rows }, (_, i) => {
    const width = numbers.length / rows
    return [...numbers.subarray(i * width, (i + 1) * width)]
  })
