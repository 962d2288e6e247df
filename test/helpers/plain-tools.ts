import { silentLog } from './silent-log.js'
import { noLimits } from './train-limits.js'

/** What learning is given where nobody watches, limits or interrupts it. */
export const plainTools = (threads = 1) => ({
  log: silentLog,
  progress: () => {},
  threads,
  ...noLimits,
  writeSeconds: 0,
  writeModel: async () => {},
})
