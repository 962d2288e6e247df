import { parentPort, workerData } from 'node:worker_threads'
import { makeRuns, type RunsOrder } from './runs.js'

/** A thread of a training: makes runs until there are none. */
makeRuns(workerData as RunsOrder, end => parentPort!.postMessage(end))
