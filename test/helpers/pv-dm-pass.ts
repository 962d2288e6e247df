import { maxDocumentWords } from '../../plugins/docsim/kernels/pv-dm.js'
import { createTraining, readMatrix, writeMatrix } from '../../plugins/docsim/training/memory.js'
import { openKernel } from '../../plugins/docsim/training/pass.js'
import type { Corpus } from '../../plugins/docsim/training/vocabulary.js'
import type { Matrices, TwinSettings } from '../twins/pv-dm.js'

/** The training kernel over these matrices, and what a test does with it. */
export function startPass(corpus: Corpus, start: Matrices, settings: TwinSettings) {
  const training = createTraining(corpus, { ...settings, vector_size: start.size }, 1)
  for (const name of ['words', 'documents', 'outputs'] as const) writeMatrix(training, name, start[name])
  const kernel = openKernel(training, 0)
  const { memory, layout } = training
  const ends = (document: number) =>
    [0, 1].map(next => layout.corpus + corpus.offsets[document + next]! * 4) as [number, number]
  return {
    seed(state: bigint): void {
      kernel.seed(Number(state & 0xffff_ffffn), Number(state >> 32n))
    },
    train: (document: number, alpha: number) => kernel.train(document, ...ends(document), alpha),
    /** With windows that the caller says. @returns words learned from */
    trainShrunk(document: number, alpha: number, shrinks: readonly number[]): number {
      const count = kernel.sample(...ends(document))
      new Uint32Array(memory.buffer, layout.scratch + 4 * maxDocumentWords, shrinks.length).set(shrinks)
      kernel.learn(document, count, alpha)
      return count
    },
    read: (): Matrices => ({
      size: start.size,
      words: readMatrix(training, 'words'),
      documents: readMatrix(training, 'documents'),
      outputs: readMatrix(training, 'outputs'),
    }),
  }
}
