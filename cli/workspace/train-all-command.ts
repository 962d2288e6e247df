import { CommandError, UsageError } from '../command.js'
import { logLevel, positiveInteger } from '../options.js'

/** `modelhost train --all`: what it takes, and what it prints. */

export const trainAllOptions = {
  all: { description: 'Train all marked models of a workspace (this folder, or the one named) into its folder build.' },
  stage: { value: 'NAME', description: 'With --all: whose data are fetched from S3, where there is no copy.' },
  jobs: { value: 'N', description: 'With --all: trainings at the same time (default: one a core).' },
  only: { value: 'NAME', repeat: true, description: 'With --all: of the marked models, this one. May be repeated.' },
} as const

interface Given {
  readonly PluginName: string | undefined
  readonly stage: string | undefined
  readonly jobs: string | undefined
  readonly only: readonly string[]
  readonly plugin: readonly string[]
  readonly json: boolean
  readonly 'log-level': string | undefined
  readonly 'max-seconds'?: string | undefined
}

/** Flags of one training, which a workspace says in its files. */
const flagsOfOne = ['train', 'dev', 'channel', 'params', 'set', 'output', 'threads', 'checkpoints', 'checkpoint-every']

const isGiven = (value: unknown): boolean => (Array.isArray(value) ? value.length > 0 : value !== undefined)

/** @throws UsageError for what means nothing without `--all` */
export function refuseAllFlags({ stage, jobs, only }: Pick<Given, 'stage' | 'jobs' | 'only'>): void {
  const flag = Object.entries({ stage, jobs, only }).find(([, value]) => isGiven(value))?.[0]
  if (flag) throw new UsageError(`--${flag} is for a workspace. Add --all.`)
}

/** @throws UsageError; CommandError for models that were not trained, after the others */
export async function runTrainAll(given: Given): Promise<void> {
  const needless = flagsOfOne.find(flag => isGiven((given as unknown as Record<string, unknown>)[flag]))
  if (needless)
    throw new UsageError(`--${needless} is for one training; with --all the workspace's files say it. Leave it out.`)
  const { stage, only, plugin: plugins, json } = given
  const level = logLevel(given['log-level'], 'info')
  const jobs = given.jobs === undefined ? undefined : positiveInteger('--jobs', given.jobs)
  const maxSeconds = given['max-seconds']
  const flags = ['--log-level', level, ...(maxSeconds === undefined ? [] : ['--max-seconds', maxSeconds])]
  const { formatTrained, summaryOfFailures, trainAll } = await import('./train-all.js')
  const write = (text: string) => void process.stderr.write(text)
  const trained = await trainAll({ folder: given.PluginName ?? '.', stage, jobs, flags, only, plugins, write })
  process.stdout.write(json ? `${JSON.stringify(trained)}\n` : formatTrained(trained))
  const failures = summaryOfFailures(trained)
  if (failures !== undefined) throw new CommandError(failures)
}
