import t from 'tap'
import { renderPipeline } from '../helpers/pipeline.js'
import { planRelease } from '../helpers/planned-release.js'
import { runMachine, StateError, type TaskRun } from '../helpers/state-machine.js'
import { originalModel } from '../helpers/workspace.js'

const { resources } = renderPipeline({ JobsAtOnce: '2' })
const machine = JSON.parse(resources['TrainingMachine']!.Properties['DefinitionString'])

/** A plan of models, each a name. */
const planOf = (...names: string[]) => ({
  stage: 'dev',
  trainingJobs: names.map(TrainingJobName => ({ TrainingJobName })),
})

/** What SageMaker says of a job that failed; Step Functions hands it on as the cause. */
const failure = (reason: string) =>
  new StateError('States.TaskFailed', JSON.stringify({ TrainingJobStatus: 'Failed', FailureReason: reason, Tags: [] }))

t.test('each job of a plan is sent as the plan has it', async t => {
  const plan = await planRelease(t, {
    'models/models_to_be_trained.json': { Lines: true, Words: true },
    ...originalModel('Words', { model_name: 'Tally', labels: ['ä', '"quoted"', '{% $states %}'] }),
    'stages.json': { dev: { training: { EnableManagedSpotTraining: true } } },
  })
  const sent: unknown[] = []
  const run: TaskRun = async (resource, request) => {
    t.equal(resource, 'arn:aws:states:::sagemaker:createTrainingJob.sync')
    sent.push(request)
    return { TrainingJobStatus: 'Completed', ...request }
  }
  const output = await runMachine(machine, JSON.parse(JSON.stringify(plan)), run)
  t.equal(sent.length, 2)
  t.strictSame(sent, plan.trainingJobs)
  t.strictSame(
    output,
    plan.trainingJobs.map(({ TrainingJobName: job }) => ({ job, isTrained: true })),
  )
  // One model is a list, too.
  sent.length = 0
  await runMachine(machine, { ...plan, trainingJobs: plan.trainingJobs.slice(0, 1) }, run)
  t.strictSame(sent, plan.trainingJobs.slice(0, 1))
})

t.test('jobs run side by side, as many as are allowed', async t => {
  let running = 0
  let most = 0
  const waiting: (() => void)[] = []
  const done = runMachine(machine, planOf('a', 'b', 'c', 'd'), async () => {
    most = Math.max(most, ++running)
    await new Promise<void>(go => {
      waiting.push(go)
      // The second to come lets both go.
      if (waiting.length === 2) for (const each of waiting.splice(0)) each()
    })
    running--
    return {}
  })
  t.equal((await done).length, 4)
  t.equal(most, 2)
})

t.test('one failed job leaves the others alone, and the execution fails with its name and reason', async t => {
  const reasons: Readonly<Record<string, StateError>> = {
    b: failure('AlgorithmError: "score" is no column of x.csv, exit code: 1'),
    d: new StateError('SageMaker.ResourceLimitExceededException', 'The account-level limit is 0 instances'),
    e: new StateError('States.TaskFailed', '{"FailureReason": truncated'),
    f: new StateError('States.Timeout', ''),
  }
  const done: string[] = []
  const run: TaskRun = async (_, { TrainingJobName: name }) => {
    if (reasons[name]) throw reasons[name]
    done.push(name)
    return {}
  }
  await t.rejects(runMachine(machine, planOf('a', 'b', 'c', 'd', 'e', 'f', 'g'), run), {
    name: 'TrainingFailed',
    message: [
      'b: AlgorithmError: \\"score\\" is no column of x.csv, exit code: 1',
      'd: SageMaker.ResourceLimitExceededException The account-level limit is 0 instances',
      'e: States.TaskFailed {"FailureReason": truncated',
      'f: States.Timeout ',
    ].join('; '),
  })
  t.strictSame(done, ['a', 'c', 'g'])
  await t.rejects(
    runMachine(machine, planOf('b'), run),
    { name: 'TrainingFailed', message: /^b: AlgorithmError/ },
    'also when it is the only one',
  )
})

t.test('only what passes is tried again: a job that fails is not', t => {
  const { Retry } = machine.States.TrainEach.ItemProcessor.States.Train
  const retried = Retry.flatMap(({ ErrorEquals }: { ErrorEquals: string[] }) => ErrorEquals)
  t.strictSame(retried, ['SageMaker.ResourceLimitExceededException', 'SageMaker.AmazonSageMakerException'])
  t.end()
})
