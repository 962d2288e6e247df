import { forbidden } from '../../plugins/_text/tagging/transitions.js'
import { bestTagsTwin } from './best-tags.js'

/** The perceptron kernel in plain TypeScript, to be read. All changes are float32. */
export class PerceptronTwin {
  readonly weights: Int16Array
  readonly changes: Float32Array
  readonly transitions: Int32Array
  readonly transitionChanges: Float32Array
  #step = 1

  constructor(
    readonly tags: number,
    features: number,
    /** [tags + 2, tags]: from each tag, from the start, to the end. */
    readonly mayFollow: (from: number, to: number) => boolean = () => true,
    /** What tag 0 gains where another one is right. */
    readonly cost = 0,
  ) {
    this.weights = new Int16Array(features * tags)
    this.changes = new Float32Array(features * tags)
    this.transitions = new Int32Array((tags + 1) * tags)
    this.transitionChanges = new Float32Array((tags + 1) * tags)
  }

  /** @returns how many words had another tag */
  learn(features: readonly (readonly number[])[], gold: readonly number[]): number {
    const { tags } = this
    const scores = features.map(row => {
      return Array.from({ length: tags }, (_, tag) => row.reduce((sum, f) => sum + this.weights[f * tags + tag]!, 0))
    })
    for (const [i, row] of scores.entries()) if (gold[i] !== 0) row[0]! += this.cost
    const rows = Array.from({ length: tags + 2 }, (_, from) =>
      Array.from({ length: tags }, (_, to) =>
        this.mayFollow(from, to) ? (this.transitions[from * tags + to] ?? 0) : forbidden,
      ),
    )
    const found = bestTagsTwin(scores, rows, tags)
    for (const [i, row] of features.entries()) {
      const [right, guess] = [gold[i]!, found[i]!]
      const [rightBefore, guessBefore] = i > 0 ? [gold[i - 1]!, found[i - 1]!] : [tags, tags]
      for (const feature of right === guess ? [] : row) {
        this.#move(this.weights, this.changes, feature * tags + right, 1)
        this.#move(this.weights, this.changes, feature * tags + guess, -1)
      }
      if (right === guess && rightBefore === guessBefore) continue
      this.#move(this.transitions, this.transitionChanges, rightBefore * tags + right, 1)
      this.#move(this.transitions, this.transitionChanges, guessBefore * tags + guess, -1)
    }
    this.#step++
    return found.filter((tag, i) => tag !== gold[i]).length
  }

  /** Averages over all steps, in 1/1024. */
  averages(weights: Int16Array | Int32Array, changes: Float32Array): number[] {
    return Array.from(weights, (weight, i) => {
      const average = Math.fround(weight - Math.fround(changes[i]! / Math.fround(this.#step)))
      return roundHalfToEven(Math.fround(average * 1024))
    })
  }

  #move(weights: Int16Array | Int32Array, changes: Float32Array, place: number, by: number): void {
    weights[place]! += by
    changes[place] = Math.fround(changes[place]! + by * this.#step)
  }
}

function roundHalfToEven(x: number): number {
  const down = Math.floor(x)
  const rest = x - down
  if (rest !== 0.5) return Math.round(x) + 0
  return down % 2 === 0 ? down : down + 1
}
