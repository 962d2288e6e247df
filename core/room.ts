import { fail } from './errors.js'
import type { Ledger } from './ledger.js'

/** Where the bytes of a load come from. */
export interface Room {
  /**
   * Takes bytes of the budget; `ledger.release` gives them back.
   *
   * @param owner  the model whose they are, for errors
   * @param isHolding  does this load hold bytes already? Then it goes before those that hold none, who may wait for it
   * @throws HostError MEMORY_FULL, MODEL_TOO_LARGE
   */
  take(owner: string, bytes: number, isHolding?: boolean): Promise<void>
}

/** Room as it is: what does not fit is refused. A platform decides what goes. */
export class FixedRoom implements Room {
  constructor(private readonly ledger: Ledger) {}

  async take(owner: string, bytes: number): Promise<void> {
    checkSize(owner, bytes, this.ledger.budgetBytes)
    if (!this.ledger.reserve(bytes)) throw memoryFull(owner, bytes, this.ledger)
  }
}

/** @throws HostError MODEL_TOO_LARGE */
export function checkSize(model: string, needBytes: number, budgetBytes: number): void {
  if (needBytes > budgetBytes) throw fail('MODEL_TOO_LARGE', { model, needBytes, budgetBytes })
}

export const memoryFull = (model: string, needBytes: number, { freeBytes }: Ledger) =>
  fail('MEMORY_FULL', { model, needBytes, freeBytes })
