import { parentPort, workerData } from 'node:worker_threads'
import type { Phase } from './phases.js'
import { Work, type WorkOrder } from './work.js'

/** A further thread of a training: works along in phase after phase, until it is ended. */
const work = new Work(workerData as WorkOrder)
parentPort!.on('message', (phase: Phase) => {
  for (const _ of work.run(phase)) {
    // What is done stands in the shared memory.
  }
  parentPort!.postMessage('done')
})
