import { type Checkpoints, encodeTensorFile, TensorFile, type TensorSource, type TrainContext } from 'modelhost'

/** What the context of a training has that nobody limits or interrupts. */
export const noLimits: Pick<TrainContext<unknown>, 'secondsLeft' | 'checkpoints'> = {
  secondsLeft: () => Number.POSITIVE_INFINITY,
  checkpoints: { found: undefined, isDue: () => false, save: async () => {} },
}

export interface KeptCheckpoint {
  /** As a further run finds it. */
  readonly state: TensorFile
  /** What `writeModel` wrote: name -> file. */
  readonly model: ReadonlyMap<string, TensorFile>
}

/** Checkpoints that stay in memory; one is due after each round. */
export function keepCheckpoints(found?: TensorFile): Checkpoints & { readonly kept: readonly KeptCheckpoint[] } {
  const kept: KeptCheckpoint[] = []
  const open = (source: TensorSource, name: string) => new TensorFile(encodeTensorFile(source), name)
  return {
    kept,
    found,
    isDue: () => true,
    async save(state, writeModel) {
      const model = new Map<string, TensorFile>()
      // Encoded at once: what a training goes on to change must not change what it saved.
      const saved = open(state, 'checkpoint')
      await writeModel({ write: async (name, content) => void model.set(name, open(content, name)) })
      kept.push({ state: saved, model })
    },
  }
}
