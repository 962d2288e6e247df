import type { State } from './right.js'
import type { Routes } from './server.js'

/** What is wrong with a server, and by which cases a check must name it: by all of these, and by no other. */
export interface PlantedFault {
  readonly cases: readonly string[]
  /** Cases that may name it too, by how they meet or by what came before. */
  readonly also?: readonly string[]
  /** @param right  the routes of a server without the fault, over the same state */
  plant(right: Routes, state: State): Partial<Routes>
}

export type PlantedFaults = Readonly<Record<string, PlantedFault>>
