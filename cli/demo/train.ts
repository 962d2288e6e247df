import { train } from '../../core/host.js'
import { formatBytes } from '../../core/quantities.js'
import { createLog } from '../log.js'
import { createProgress } from '../progress.js'
import { formatTable } from '../text.js'
import { say } from './call.js'
import { claimsFile } from './claims.js'

export interface DemoTraining {
  readonly plugin: string
  readonly settings: Readonly<Record<string, unknown>>
  readonly examples: readonly unknown[]
  readonly output: string
}

/** Trains a model on the claims, and says what came of it. */
export async function trainOnClaims({ plugin, settings, examples, output }: DemoTraining): Promise<void> {
  const log = createLog('info')
  const bar = createProgress(process.stderr, log)
  say(`   train ${plugin} on cli/workspace/files/data/claims_de.csv with ${JSON.stringify(settings)}`)
  const params = { ...settings, examples }
  const job = { plugin, channels: { train: claimsFile }, params, output, threads: 1, log }
  const { files, seconds } = await train({ ...job, progress: bar.report })
  bar.clear()
  say(formatTable([['file', 'size'], ...files.map(({ name, bytes }) => [name, formatBytes(bytes)])]).trimEnd())
  say(`   trained in ${seconds.toFixed(1)} s`)
}
