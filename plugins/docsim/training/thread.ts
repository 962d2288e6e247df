import { workerData } from 'node:worker_threads'
import { type PassOrder, runPass } from './pass.js'

/** A further thread of a training: takes batches until there are none. */
for (const _ of runPass(workerData as PassOrder)) {
  // What is done stands in the shared progress.
}
