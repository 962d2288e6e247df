import { setMaxListeners } from 'node:events'
import { parseS3Url } from '../core/store/s3/url.js'
import { CommandError, defineCommand, UsageError } from './command.js'
import { runJob } from './job.js'
import { logLevel, logLevelOption, pluginOption } from './options.js'
import { planOutput } from './output-file.js'
import type { BucketSettings } from './release/buckets.js'
import type { ReleasedModel } from './release/release-models.js'
import { archiveOptions, readS3Settings, s3Options } from './s3-options.js'
import type { Plan } from './workspace/plan/plan-type.js'

export const publishCommand = defineCommand({
  name: 'publish',
  summary: 'put trained models where an endpoint loads them',
  description: [
    'Takes the archives that the training jobs of a plan have left in S3, loads each as a host does, asks its examples',
    'once, and puts it to its place below the prefix of the stage, packed so that the same files make the same bytes.',
    'Nothing is put unless all models of the plan are sound, and nothing is ever replaced. A run that was broken off',
    'is gone on with by the next one.',
    'In the folder of a workspace its own plugins are there.',
    'With --stage of another stage the models that the plan has published are copied to that stage, byte for byte.',
    'The result goes to stdout as JSON, progress to stderr.',
  ].join('\n'),
  arguments: { PLAN: { description: 'What "modelhost plan" has written: plan.json.' } },
  options: {
    targets: {
      value: 'FILE',
      description:
        'JSON with the current target of each model: read if it is there, and written with this release in it.',
    },
    stage: { value: 'STAGE', description: "Stage to copy to (default: the plan's, from its training jobs)." },
    bucket: { value: 'NAME', description: "Bucket of that other stage (default: the plan's)." },
    plugin: pluginOption,
    ...s3Options,
    ...archiveOptions,
    'log-level': logLevelOption,
  },
  examples: {
    'modelhost publish plan.json --targets targets.json':
      'publishes what the jobs of the plan have trained, and adds it to the targets',
    'modelhost publish plan.json --stage prod --bucket models-prod --targets targets-prod.json':
      'copies the same models to the stage "prod"',
  },
  async run({ PLAN, targets: targetsFile, stage, bucket, plugin, 'log-level': level, ...given }) {
    const { withOwnPlugins } = await import('./release/own-plugins.js')
    const { readPlan } = await import('./release/plan-file.js')
    const { targetsParameterOf } = await import('./workspace/plan/plan-type.js')
    const { mergeTargets, readTargets } = await import('./release/targets-file.js')
    const logAt = logLevel(level, 'info')
    const plan = await readPlan(PLAN)
    const promotion = await planPromotion(plan, stage, bucket)
    const output = targetsFile === undefined ? undefined : await planOutput('--targets', targetsFile, [PLAN])
    const former = targetsFile === undefined ? {} : await readTargets(targetsFile)
    const settings = await readS3Settings(given)
    const plugins = await withOwnPlugins(plugin)
    const models = await release(plan, { promotion, plugins, settings, level: logAt })
    const targets = mergeTargets(former, models)
    // As the value of the parameter is to be, which must be short.
    await output?.write(JSON.stringify(targets))
    const { id } = plan
    const targetsParameter = promotion ? targetsParameterOf(plan.project, promotion.stage) : plan.targetsParameter
    const report = { stage: promotion?.stage ?? plan.stage, id, models, targetsParameter, former, targets }
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
  },
})

interface Promotion {
  readonly stage: string
  readonly bucket: string
}

/** @throws UsageError */
async function planPromotion(
  plan: Plan,
  stage: string | undefined,
  bucket: string | undefined,
): Promise<Promotion | undefined> {
  const { modelsPrefix } = await import('./workspace/plan/plan-type.js')
  const { stageProblem } = await import('./workspace/plan/release-names.js')
  if (stage === undefined || stage === plan.stage) {
    if (bucket === undefined) return undefined
    throw new UsageError(`--bucket is for another stage than the plan's, "${plan.stage}". Name it: --stage STAGE.`)
  }
  const problem = stageProblem(stage)
  if (problem) throw new UsageError(`--stage "${stage}" ${problem}.`)
  const [first] = plan.models
  const own = first && parseS3Url(first.url)
  const name = bucket ?? (own && 'bucket' in own ? own.bucket : '')
  const place = parseS3Url(modelsPrefix(name, stage))
  if ('problem' in place && first) throw new UsageError(`--bucket "${name}" ${place.problem}.`)
  return { stage, bucket: name }
}

interface ReleaseOptions {
  readonly promotion: Promotion | undefined
  readonly plugins: readonly string[]
  readonly settings: BucketSettings
  readonly level: string
}

async function release(plan: Plan, { promotion, plugins, settings, level }: ReleaseOptions): Promise<ReleasedModel[]> {
  const { Buckets } = await import('./release/buckets.js')
  const { releaseModels } = await import('./release/release-models.js')
  const { movesBetweenStages, movesFromTraining } = await import('./release/moves.js')
  const { openArtifactCheck } = await import('./release/check-artifact.js')
  return runJob(level, async ({ log, signal: stopped }) => {
    // In words for people, whatever it stops.
    const stop = new AbortController()
    stopped.addEventListener('abort', () => stop.abort(new CommandError(`stopped by ${stopped.reason.message}`)))
    // All that is on its way listens to it.
    setMaxListeners(0, stop.signal)
    const tools = { log, signal: stop.signal, maxRatio: settings.maxArchiveRatio }
    const buckets = new Buckets(settings)
    try {
      if (promotion) {
        return await releaseModels(movesBetweenStages(plan, promotion.stage, promotion.bucket, buckets), tools)
      }
      const artifacts = await openArtifactCheck(plugins, log)
      try {
        return await releaseModels(movesFromTraining(plan, buckets, artifacts), tools)
      } finally {
        await artifacts.close()
      }
    } finally {
      buckets.close()
    }
  })
}
