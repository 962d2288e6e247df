import type { PackedWeights } from './pack.js'
import type { Development } from './tools.js'

export interface Pass {
  readonly epochs: number
  readonly packed: PackedWeights
  readonly development: Development
}

/** The pass with the highest score so far; of equal ones the first. */
export class BestPass {
  constructor(
    readonly patience: number,
    public pass?: Pass | undefined,
    /** Passes that were looked at. */
    public looks = 0,
  ) {}

  add(development: Development, packed: PackedWeights): void {
    const epochs = ++this.looks
    if (!this.pass || development.score > this.pass.development.score) this.pass = { epochs, packed, development }
  }

  /** Was no pass better for as many passes as there is patience? */
  get isEnough(): boolean {
    return this.pass !== undefined && this.looks - this.pass.epochs >= this.patience
  }
}
