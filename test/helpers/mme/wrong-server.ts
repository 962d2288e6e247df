/** A container that is right, or wrong in one way. */
import type { Test } from 'tap'
import { connectionFaults, errorFaults } from './connection-faults.js'
import type { PlantedFault, PlantedFaults } from './fault.js'
import { invokeFaults, nameFaults } from './invoke-faults.js'
import { healthFaults, listFaults } from './list-faults.js'
import { loadFaults, togetherFaults } from './load-faults.js'
import { newState, rightRoutes } from './right.js'
import { serveRoutes } from './server.js'
import { singleFaults, singleRoutes } from './single-faults.js'
import { roomFaults, unloadFaults } from './unload-faults.js'

/** Of a container of many models. */
const multiFaults: PlantedFaults = {
  ...healthFaults,
  ...listFaults,
  ...loadFaults,
  ...invokeFaults,
  ...nameFaults,
  ...unloadFaults,
  ...togetherFaults,
  ...errorFaults,
  ...connectionFaults,
  ...roomFaults,
}

/** All faults that can be planted, and in which kind of container. */
export const plantedFaults = [
  ...Object.entries(multiFaults).map(([title, fault]) => ({ title, fault, isSingle: false })),
  ...Object.entries(singleFaults).map(([title, fault]) => ({ title, fault, isSingle: true })),
]

/** @returns the URL, and the names of the models that are loaded */
export async function startServer(t: Pick<Test, 'teardown'>, fault?: PlantedFault, isSingle = false) {
  const state = newState()
  const right = isSingle ? singleRoutes(rightRoutes(state)) : rightRoutes(state)
  const url = await serveRoutes(t, { ...right, ...fault?.plant(right, state) })
  return { url, loaded: () => [...state.models.keys()] }
}
