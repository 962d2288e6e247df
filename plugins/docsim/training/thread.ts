import { parentPort, workerData } from 'node:worker_threads'
import { Pass, type PassOrder } from './pass.js'

/** A further thread of a training: takes batches whenever it is told to, until it is ended. */
const pass = new Pass(workerData as PassOrder)
parentPort!.on('message', () => {
  for (const _ of pass.run()) {
    // What is done stands in the shared progress.
  }
  parentPort!.postMessage('done')
})
