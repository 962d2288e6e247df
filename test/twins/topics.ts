import type { CountMatrix, TopicSettings } from '../../plugins/topical-page-rank/topics/training/settings.js'

/**
 * The twin of the kernels `plugins/topical-page-rank/topics/kernels/*.as.ts`: latent Dirichlet allocation by variational
 * Bayes as scikit-learn has it, in plain TypeScript, to be read. Nothing is left out that is small, and sums are made in
 * another order: it agrees within rounding, not bit for bit.
 */

const epsilon = 2 ** -52

/** psi(x), x > 0. @see scikit-learn, sklearn/decomposition/_online_lda_fast.pyx: psi */
export function psiTwin(x: number): number {
  if (x <= 1e-6) return -0.5772156649015329 - 1 / x
  let result = 0
  let y = x
  while (y < 6) {
    result -= 1 / y
    y += 1
  }
  const r = 1 / y
  return result + Math.log(y) - 0.5 * r - r * r * (1 / 12 - r * r * (1 / 120 - (r * r) / 252))
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, x) => total + x, 0)
const dot = (a: readonly number[], b: readonly number[]) => sum(a.map((x, i) => x * b[i]!))

/** exp(E[log p]) of p ~ Dirichlet(parameters). */
export function expectationTwin(parameters: readonly number[]): number[] {
  const psiSum = psiTwin(sum(parameters))
  return parameters.map(x => Math.exp(psiTwin(x) - psiSum))
}

export interface DocumentTwin {
  /** exp(E[log beta]) of each word, by topic */
  readonly rows: readonly (readonly number[])[]
  readonly counts: readonly number[]
  readonly alpha: number
  readonly rounds: number
  readonly tolerance: number
}

/** The E step for one document, from this gamma on. `shares` is count / phi of each word. */
export function fitTwin({ rows, counts, alpha, rounds, tolerance }: DocumentTwin, start: readonly number[]) {
  let gamma = [...start]
  let theta = expectationTwin(gamma)
  const share = () => rows.map((row, w) => counts[w]! / (dot(row, theta) + epsilon))
  let round = 0
  for (let moved = Infinity; round < rounds && moved >= tolerance; round++) {
    const shares = share()
    const next = gamma.map((_, k) => alpha + theta[k]! * sum(rows.map((row, w) => shares[w]! * row[k]!)))
    moved = sum(next.map((x, k) => Math.abs(x - gamma[k]!))) / gamma.length
    gamma = next
    theta = expectationTwin(gamma)
  }
  return { gamma, theta, shares: share(), round }
}

/**
 * A whole training.
 *
 * @param components  lambda to begin with, topics × words
 * @param gamma       to begin with: of each step, of each of its documents
 * @returns lambda
 */
export function trainTwin(
  { rows: documents, columns: words, indptr, indices, data }: CountMatrix,
  settings: TopicSettings,
  components: readonly (readonly number[])[],
  gamma: readonly (readonly (readonly number[])[])[],
): number[][] {
  const { n_topics: topics, max_iter: passes, batch_size, learning_offset, learning_decay } = settings
  const { max_doc_update_iter: rounds, mean_change_tol: tolerance } = settings
  const alpha = settings.doc_topic_prior ?? 1 / topics
  const eta = settings.topic_word_prior ?? 1 / topics
  const isOnline = settings.learning_method === 'online'
  const batch = isOnline ? batch_size : documents
  let lambda = components.map(row => [...row])
  let step = 0
  for (let pass = 0; pass < passes; pass++) {
    for (let first = 0; first < documents; first += batch) {
      const last = Math.min(first + batch, documents)
      const beta = lambda.map(expectationTwin)
      const said = lambda.map(row => row.map(() => 0))
      for (let document = first; document < last; document++) {
        const [from, to] = [indptr[document]!, indptr[document + 1]!]
        const found = [...indices.subarray(from, to)]
        const rows = found.map(word => beta.map(row => row[word]!))
        const counts = [...data.subarray(from, to)]
        const fitted = fitTwin({ rows, counts, alpha, rounds, tolerance }, gamma[step]![document - first]!)
        for (const [w, word] of found.entries()) {
          for (let k = 0; k < topics; k++) said[k]![word]! += fitted.theta[k]! * fitted.shares[w]! * beta[k]![word]!
        }
      }
      step++
      const rate = isOnline ? (learning_offset + step) ** -learning_decay : 1
      const ratio = isOnline ? documents / (last - first) : 1
      lambda = lambda.map((row, k) => row.map((old, word) => (1 - rate) * old + rate * (eta + ratio * said[k]![word]!)))
    }
  }
  return lambda.map(row => row.slice(0, words))
}
