import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { readAccount } from '../../cli/workspace/plan/account.js'
import { hyperParameters } from '../../cli/workspace/plan/hyper-parameters.js'
import { jobName, newId } from '../../cli/workspace/plan/job-name.js'
import { makePlan } from '../../cli/workspace/plan/make-plan.js'
import type { Plan } from '../../cli/workspace/plan/plan-type.js'
import { findWarnings } from '../../cli/workspace/plan/platform-limits.js'
import { checkRelease, projectName } from '../../cli/workspace/plan/release-names.js'
import { readWorkspace } from '../../cli/workspace/read-workspace.js'
import { readStage } from '../../cli/workspace/stages.js'
import { pluginPath } from '../helpers/artifacts.js'
import { sendTrainingJobs } from '../helpers/fake-sagemaker.js'
import { originalModel, workspace } from '../helpers/workspace.js'

const account = {
  bucket: 'artifacts',
  image: '123456789012.dkr.ecr.eu-central-1.amazonaws.com/models:1',
  trainingRole: 'arn:aws:iam::123456789012:role/Training',
  executionRole: 'arn:aws:iam::123456789012:role/Execution',
}
const kmsKey = 'arn:aws:kms:eu-central-1:123456789012:key/0a1b'
const id = '20261127-185427'

/** The plan of a workspace with these files besides those of the model `Lines`. */
async function plan(t: Test, files: Record<string, unknown> = {}, flags: object = {}): Promise<Plan> {
  const read = await readWorkspace(await workspace(t, files), { plugins: [pluginPath('tally')] })
  const stage = await readStage(read.folder, 'dev')
  return makePlan(read, { project: 'claims', stage, id }, readAccount({ ...account, ...flags }, stage))
}

t.test('a plan has all that SageMaker asks, under names that a release never shares with another', async t => {
  const examples = [{ text: 'a' }]
  const planned = await plan(t, {
    'models/Lines/inputData.json': {
      Training: { Uri: 's3://data-STAGE/STAGE/claims/', file_name: 'x.jsonl', path: 'x.jsonl' },
      Dev: { Uri: 's3://data-STAGE' },
    },
    'models/Lines/Lines-params.json': { model_name: 'Tally', scale: '2', labels: ['a'], examples },
  })
  const job = 'claims-dev-Lines-20261127-185427'
  const channel = (ChannelName: string, S3Uri: string, ContentType: string) => ({
    ChannelName,
    DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri, S3DataDistributionType: 'FullyReplicated' } },
    ContentType,
  })
  t.match(planned.trainingJobs, [
    {
      TrainingJobName: job,
      AlgorithmSpecification: {
        TrainingImage: account.image,
        TrainingInputMode: 'File',
        MetricDefinitions: [{ Name: 'progress' }, { Name: 'seconds' }],
      },
      RoleArn: account.trainingRole,
      HyperParameters: {
        model_name: '"Tally"',
        scale: '"2"',
        labels: '["a"]',
        examples: '[{"text":"a"}]',
        max_seconds: '3300',
      },
      InputDataConfig: [
        channel('train', 's3://data-dev/dev/claims/x.jsonl', 'application/jsonlines'),
        channel('dev', 's3://data-dev/', 'text/csv'),
      ],
      OutputDataConfig: { S3OutputPath: 's3://artifacts/dev/training/' },
      CheckpointConfig: { S3Uri: `s3://artifacts/dev/checkpoints/${job}/`, LocalPath: '/opt/ml/checkpoints' },
      ResourceConfig: { InstanceType: 'ml.m5.xlarge', InstanceCount: 1, VolumeSizeInGB: 10 },
      StoppingCondition: { MaxRuntimeInSeconds: 3600 },
      EnableManagedSpotTraining: false,
    },
  ])
  t.notOk('KmsKeyId' in planned.trainingJobs[0]!.OutputDataConfig)
  t.same(planned.models, [
    {
      name: 'Lines',
      plugin: 'Tally',
      job,
      output: `s3://artifacts/dev/training/${job}/output/model.tar.gz`,
      target: 'Lines/20261127-185427.tar.gz',
      url: 's3://artifacts/dev/models/Lines/20261127-185427.tar.gz',
      examples: [{ body: '{"text":"a"}', contentType: 'application/json' }],
    },
  ])
  t.equal(planned.targetsParameter, '/modelhost/claims/dev/targets')
  t.same(planned.endpoint.Parameters, {
    ProjectName: 'claims',
    Stage: 'dev',
    ReleaseId: id,
    ImageUri: account.image,
    ModelDataPrefix: 's3://artifacts/dev/models/',
    ExecutionRoleArn: account.executionRole,
    InstanceType: 'ml.m5.large',
    MinInstances: '1',
    MaxInstances: '2',
  })
})

t.test('a stage, and a key, change what is asked', async t => {
  const training = { EnableManagedSpotTraining: true, MaxRuntimeInSeconds: 7200, VolumeSizeInGB: 30 }
  const stages = {
    dev: {
      training,
      models: { Lines: { InstanceType: 'ml.c5.2xlarge' } },
      endpoint: { MinInstances: 2, LogLevel: 'debug' },
      tags: { team: 'facts' },
    },
  }
  const { trainingJobs, endpoint } = await plan(t, { 'stages.json': stages }, { kmsKey })
  t.match(trainingJobs[0], {
    HyperParameters: { max_seconds: '6900' },
    OutputDataConfig: { KmsKeyId: kmsKey },
    ResourceConfig: { InstanceType: 'ml.c5.2xlarge', VolumeSizeInGB: 30, VolumeKmsKeyId: kmsKey },
    StoppingCondition: { MaxRuntimeInSeconds: 7200, MaxWaitTimeInSeconds: 14_400 },
    EnableManagedSpotTraining: true,
  })
  t.same(trainingJobs[0]!.Tags.at(-1), { Key: 'team', Value: 'facts' })
  t.match(endpoint.Parameters, { KmsKeyArn: kmsKey, MinInstances: '2', MaxInstances: '2', LogLevel: 'debug' })
})

t.test('what a model says of its time, and the endings of its data, go into its job; its name into a tag', async t => {
  const name = 'Lines, more'
  const { trainingJobs } = await plan(t, {
    'models/models_to_be_trained.json': { [name]: true },
    ...originalModel(name, { model_name: 'Tally', max_seconds: '900' }),
    [`models/${name}/inputData.json`]: {
      Training: { Uri: 's3://data', file_name: 'X.JSONL' },
      Lexicon: { Uri: 's3://data/words', file_name: 'words.txt' },
    },
  })
  t.equal(trainingJobs[0]!.HyperParameters['max_seconds'], '"900"')
  t.same(
    trainingJobs[0]!.InputDataConfig.map(({ ChannelName, ContentType }) => [ChannelName, ContentType]),
    [
      ['train', 'application/jsonlines'],
      ['lexicon', 'text/plain'],
    ],
  )
  t.same(
    trainingJobs[0]!.Tags.find(({ Key }) => Key === 'modelhost:model'),
    { Key: 'modelhost:model', Value: 'Lines- more' },
  )
})

t.test('as many hyperparameters as SageMaker takes, and not one more', t => {
  const [plugin] = [{ name: 'Tally' }] as unknown as Parameters<typeof hyperParameters>[0]['plugin'][]
  const of = (count: number) => {
    const raw = Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, i]))
    return hyperParameters({ plugin: plugin!, raw, maxSeconds: undefined }, 3600)
  }
  // model_name and max_seconds are two of them.
  t.ok('values' in of(98))
  t.match(of(99), { problem: /^there are 101 params; SageMaker takes 100 hyperparameters/ })
  t.end()
})

t.test('a stage that wants more instances than the default has at least as many at most', async t => {
  const { endpoint } = await plan(t, { 'stages.json': { dev: { endpoint: { MinInstances: 3 } } } })
  t.match(endpoint.Parameters, { MinInstances: '3', MaxInstances: '3' })
})

t.test('the client of the AWS SDK sends each request whole', async t => {
  const stages = { dev: { training: { EnableManagedSpotTraining: true }, tags: { team: 'facts' } } }
  const { trainingJobs } = await plan(t, { 'stages.json': stages }, { kmsKey })
  const requests: CreateTrainingJobRequest[] = JSON.parse(JSON.stringify(trainingJobs))
  t.same(
    await sendTrainingJobs(t, requests),
    requests.map(body => ({ operation: 'SageMaker.CreateTrainingJob', body })),
  )
})

t.test('what SageMaker, or the template, would refuse is refused before', async t => {
  const params = (more: object) => ({ 'models/Lines/Lines-params.json': { model_name: 'Tally', ...more } })
  const training = (more: object) => ({ 'stages.json': { dev: { training: more } } })
  const template =
    'Parameters:\n  Stage:\n    Type: String\n  # A comment\n\n  LogLevel:\n    Type: String\nResources:\n  X: {}\n'
  const endpoint = (more: object) => ({ 'endpoint.yml': template, 'stages.json': { dev: { endpoint: more } } })
  const cases: [Record<string, unknown>, RegExp][] = [
    [
      params({ labels: ['x'.repeat(2500)] }),
      /Lines-params\.json: labels has 2504 characters .* takes 2500\. Shorten it/,
    ],
    [
      params({ examples: [{ text: 'x'.repeat(2500) }] }),
      /examples has 2513 characters as a hyperparameter; SageMaker takes 2500\. Keep fewer, or shorter ones/,
    ],
    [
      params({ max_seconds: '3400' }),
      /max_seconds is 3400, but SageMaker ends the job after 3600 s .*Use at most 3300/,
    ],
    [
      training({ MaxWaitTimeInSeconds: 700, EnableManagedSpotTraining: true }),
      /MaxWaitTimeInSeconds of Lines is 700, less than its MaxRuntimeInSeconds, 3600/,
    ],
    [
      { 'models/Lines/inputData.json': { Training: { path: 'x.csv' } } },
      /Lines\/inputData\.json: the channel "train" has no Uri\. SageMaker reads data from S3 alone/,
    ],
    [
      {
        'models/models_to_be_trained.json': { Zeilen_ä: true },
        ...originalModel('Zeilen_ä', { model_name: 'Tally' }),
      },
      /The target "Zeilen_ä\/.*\.tar\.gz" has signs beyond ASCII, which no TargetModel may have\. Rename the model's folder/,
    ],
    [{ 'stages.json': { dev: { models: { Line: {} } } } }, /dev\.models has "Line", .* Did you mean "Lines"\?/],
    [endpoint({ LogLevl: 'x' }), /dev\.endpoint\.LogLevl is no parameter of endpoint\.yml\. Did you mean "LogLevel"/],
    [endpoint({ Stage: 'x' }), /dev\.endpoint\.Stage is said by the plan itself/],
    [
      { 'stages.json': { dev: { endpoint: { MinInstances: 3, MaxInstances: 2 } } } },
      /dev\.endpoint\.MaxInstances is 2, less than its MinInstances, 3/,
    ],
    [
      { 'stages.json': { dev: { endpoint: { MinInstances: 1.5 } } } },
      /dev\.endpoint\.MinInstances is "1\.5"\. Write a whole number, 1 at least/,
    ],
    [{ 'stages.json': { dev: { endpoint: { MaxInstances: 0 } } } }, /dev\.endpoint\.MaxInstances is "0"/],
    [endpoint({}), /endpoint\.yml does not take ProjectName, ReleaseId, .*MaxInstances, with which a plan deploys it/],
  ]
  for (const [files, message] of cases) await t.rejects(plan(t, files), { message }, String(message))
})

t.test('what belongs to an account is named when it is missing, and checked', async t => {
  const stage = { name: 'dev', training: {}, models: {}, endpoint: {}, tags: {} }
  const cases: [object, RegExp][] = [
    [{}, /stage "dev" needs --bucket, --image, --training-role, --execution-role\. Give them, or write "bucket"/],
    [{ ...account, image: '' }, /stage "dev" needs --image\. Give it, or write "image" into/],
    [{ ...account, bucket: 's3://artifacts' }, /--bucket "s3:\/\/artifacts" is no name of a bucket/],
    [{ ...account, image: 'a b' }, /--image "a b" is no image in ECR/],
    [{ ...account, image: 'modelhost:1' }, /It looks like 123456789012\.dkr\.ecr\.REGION\.amazonaws\.com/],
    [{ ...account, trainingRole: 'Training' }, /--training-role "Training" is no ARN of a role/],
    [{ ...account, executionRole: 'arn:aws:iam::1:role/x' }, /--execution-role .* is no ARN of a role/],
    [{ ...account, kmsKey: 'alias/x' }, /--kms-key "alias\/x" is no ARN of a key/],
  ]
  for (const [flags, message] of cases) t.throws(() => readAccount(flags, stage), { message, exitCode: 2 })
  t.same(readAccount({ bucket: 'other' }, { ...stage, ...account }), { ...account, bucket: 'other' }, 'a flag wins')
})

t.test('names of jobs are in the alphabet of SageMaker, of its length, and never the same', t => {
  const name = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1 }),
    fc.constantFrom('DocSim', 'a_b', 'a-b', 'ü'.repeat(70)),
  )
  fc.assert(
    fc.property(name, name, (one, other) => {
      const jobs = [one, other].map(model => jobName('sixteen-letters', 'twenty-letters-stage', model, id))
      const isName = (job: string) => /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/.test(job) && job.endsWith(`-${id}`)
      return jobs.every(isName) && (one === other || jobs[0] !== jobs[1])
    }),
  )
  t.equal(newId(new Date('2026-11-27T18:54:27.999Z')), id)
  t.end()
})

t.test('project, stage and id are short, as other names are made of them', t => {
  t.equal(projectName(undefined, '@Papers/my_facts'), 'papers-my-facts')
  t.equal(projectName('facts', 'whatever'), 'facts')
  t.throws(() => projectName('Facts', 'x'), /--project "Facts" is no name of a project: at most 16 small letters/)
  t.throws(() => projectName(undefined, 'fact-checks-of-papers'), /is called "fact-checks-of-papers".*--project NAME/)
  t.throws(() => projectName(undefined, '...'), /is called "\.\.\."/)
  t.throws(() => checkRelease('Dev', id), /--stage "Dev" is no name of a stage/)
  t.throws(() => checkRelease('dev', 'a--b'), /--id "a--b" is no id/)
  t.end()
})

t.test('hundreds of models are planned, with a warning where a service of the pipeline takes no more', async t => {
  const names = Array.from({ length: 300 }, (_, i) => `user-${i}`)
  const marked = Object.fromEntries(names.map(name => [name, true]))
  const models = names.map(name => originalModel(name, { model_name: 'Tally' }))
  const planned = await plan(t, { 'models/models_to_be_trained.json': marked, ...Object.assign({}, ...models) })
  t.equal(planned.models.length, 300)
  t.equal(new Set(planned.trainingJobs.map(job => job.TrainingJobName)).size, 300)
  const warnings = findWarnings(planned, JSON.stringify(planned))
  t.match(warnings, [
    /^plan\.json has [\d.]+ KiB, more than the 256 KiB that a state machine takes\. Train fewer models at a time/,
    /^The targets of its models have .*, more than the 8 KiB of the parameter \/modelhost\/claims\/dev\/targets/,
    /^Nothing can be asked of user-0, .*user-9 and 290 more after the training/,
  ])
})
