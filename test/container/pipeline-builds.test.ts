import { spawnSync } from 'node:child_process'
import t, { type Test } from 'tap'
import { awsCallsOf } from '../helpers/build-calls.js'
import { type Call, findDenied, findStars, findUnneeded, isAllowed, statementsOf } from '../helpers/iam.js'
import { parsed } from '../helpers/parsed-call.js'
import { kmsKey, renderPipeline } from '../helpers/pipeline.js'
import { account, region } from '../helpers/render-template.js'
import { type BuildRun, parseBuildspec, runBuildspec } from '../helpers/run-buildspec.js'

const rendered = renderPipeline({ KmsKeyArn: kmsKey })
const { resources } = rendered
const projects = Object.keys(resources).filter(name => resources[name]!.Type === 'AWS::CodeBuild::Project')
const buildspecOf = (project: string) => parseBuildspec(resources[project]!.Properties['Source'].BuildSpec)

/** The variables of a project, and those of an action of the pipeline that runs it. */
function variablesOf(project: string, stage?: string): Record<string, string> {
  const { Environment } = resources[project]!.Properties
  const own = Environment.EnvironmentVariables as { Name: string; Value: string }[]
  const { Stages } = resources['Pipeline']!.Properties
  const actions = Stages.find(({ Name }: { Name: string }) => Name === stage)?.Actions ?? []
  const action = actions.find(
    ({ Configuration }: { Configuration: { ProjectName?: string } }) =>
      Configuration.ProjectName === `claims-${project.toLowerCase()}` || Configuration.ProjectName === project,
  )
  const given = JSON.parse(action?.Configuration.EnvironmentVariables ?? '[]') as { name: string; value: string }[]
  return {
    ...Object.fromEntries(own.map(({ Name, Value }) => [Name, Value])),
    ...Object.fromEntries(given.map(({ name, value }) => [name, value.replace('#{Build.RELEASE_ID}', '1')])),
    CODEBUILD_SRC_DIR_Plan: '/plan',
  }
}

/** What the builds of a project have called, in all that was tried here. */
const made = new Map(projects.map(name => [name, [] as Call[]]))

async function run(t: Test, project: string, stage = project, answers = {}, more = {}): Promise<BuildRun> {
  const found = await runBuildspec(t, buildspecOf(project), { ...variablesOf(project, stage), ...more }, answers)
  made.get(project)!.push(...found.calls.flatMap(awsCallsOf))
  return found
}

const callsOf = ({ calls }: BuildRun, ...begin: string[]) =>
  calls.filter(call => begin.every((word, i) => call[i] === word))

/** The states of an endpoint, as the build asks for them. */
const states = (...lines: string[]) => ({ 'aws sagemaker describe-endpoint': lines.map(stdout => ({ stdout })) })

/** The metrics that were said, each once. */
const metricsOf = (run: BuildRun) => [
  ...new Set(
    callsOf(run, 'aws', 'cloudwatch', 'put-metric-data').map(call => {
      const value = (flag: string) => call[call.indexOf(flag) + 1]!
      return [value('--namespace'), value('--metric-name'), value('--value'), value('--dimensions')].join(' ')
    }),
  ),
]

t.test('each build is a script of bash that stops at the first error, without secrets', t => {
  t.strictSame(projects, ['Build', 'Package', 'Warm', 'Test'])
  for (const project of projects) {
    const { version, env, phases } = buildspecOf(project)
    t.match({ version, env }, { version: 0.2, env: { shell: 'bash' } })
    t.equal(phases.install['runtime-versions'].nodejs, 22)
    for (const command of phases.build.commands) {
      t.match(command, /^set -euo pipefail\n/)
      const { status, stderr } = spawnSync('bash', ['-n', '-c', command], { encoding: 'utf8' })
      t.strictSame({ status, stderr }, { status: 0, stderr: '' }, project)
      t.notMatch(command, /secret|password=|token=/i)
    }
  }
  t.end()
})

t.test('the build tests, makes the image, tries it, plans each stage, and only then pushes', async t => {
  const variables = variablesOf('Build')
  const build = await run(t, 'Build')
  t.equal(build.code, 0, build.output)
  const order = build.calls.map(call => call.slice(0, 2).join(' '))
  t.strictSame(
    order.filter(name => !name.startsWith('aws')).filter(name => name !== 'docker login'),
    [
      'npm ci',
      'npm test',
      'docker build',
      'docker run',
      'curl --silent',
      'docker stop',
      'modelhost plan',
      'modelhost plan',
      'docker push',
    ],
  )
  const plans = callsOf(build, 'modelhost', 'plan').map(call => parsed(t, call).options)
  const [dev, prod] = plans
  const image = `123456789012.dkr.ecr.eu-central-1.amazonaws.com/claims:${dev!['id']}`
  t.match(dev, {
    project: 'claims',
    stage: 'dev',
    id: /^\d{8}-\d{6}$/,
    image,
    bucket: variables['BUCKET'],
    trainingRole: variables['TRAINING_ROLE'],
    executionRole: variables['EXECUTION_ROLE'],
    kmsKey,
    output: 'plan/dev',
  })
  t.strictSame(prod, { ...dev, stage: 'prod', output: 'plan/prod' })
  t.strictSame(callsOf(build, 'docker', 'push'), [['docker', 'push', image]])
  // Without them, new versions of Docker write a manifest that SageMaker refuses.
  t.match(callsOf(build, 'docker', 'build'), [
    ['docker', 'build', '--provenance=false', '--output', 'type=docker', '--tag', image, '.'],
  ])
  // The rest of the pipeline finds there what the next stages look for.
  t.match(buildspecOf('Build').artifacts, { 'base-directory': 'plan' })
  t.strictSame(buildspecOf('Build').env['exported-variables'], ['RELEASE_ID'])
  const without = await run(t, 'Build', 'Build', {}, { KMS_KEY: '' })
  t.notOk(callsOf(without, 'modelhost', 'plan').flat().includes('--kms-key'))
})

t.test('a failed test or image is never pushed', async t => {
  for (const failing of ['npm test', 'curl --silent']) {
    const build = await run(t, 'Build', 'Build', { [failing]: [{ code: 1 }] })
    t.not(build.code, 0, failing)
    t.strictSame(callsOf(build, 'docker', 'push'), [], failing)
  }
})

t.test('the first stage publishes what was trained, the second copies it', async t => {
  const publish = async (stage: string) => {
    const build = await run(t, 'Package', stage)
    t.equal(build.code, 0, build.output)
    return callsOf(build, 'modelhost', 'publish').map(call => parsed(t, call))
  }
  t.match(await publish('Package'), [{ operands: ['/plan/dev/plan.json'], options: { stage: undefined } }])
  t.match(await publish('PackageProd'), [{ operands: ['/plan/dev/plan.json'], options: { stage: 'prod' } }])
})

t.test('a new fleet is called cold until each model has answered on it', async t => {
  const seen = states(
    'InService claims-dev-0 None null',
    'Updating claims-dev-0 claims-dev-1 ["Creating"]',
    'Updating claims-dev-0 claims-dev-1 ["ActivatingTraffic"]',
    'Updating claims-dev-0 claims-dev-1 ["Baking"]',
  )
  const warm = await run(t, 'Warm', 'DeployDev', seen)
  t.equal(warm.code, 0, warm.output)
  t.equal(callsOf(warm, 'aws', 'sagemaker').length, 4, 'it waits for the traffic')
  const [probe] = callsOf(warm, 'modelhost', 'probe')
  t.match(parsed(t, probe!), {
    operands: ['claims-dev', '/plan/dev/plan.json'],
    options: { seconds: /\d/, calls: /\d/ },
  })
  const release = 'EndpointName=claims-dev,EndpointConfigName=claims-dev-1'
  t.strictSame(metricsOf(warm), [`modelhost FleetCold 1 ${release}`, `modelhost FleetCold 0 ${release}`])
  t.match(warm.calls.at(-1), ['aws', 'cloudwatch', 'put-metric-data'])
})

t.test('a first deployment is warmed once it is in service', async t => {
  const absent = {
    'aws sagemaker describe-endpoint': [
      { code: 254 },
      { stdout: 'Creating claims-prod-1 None null' },
      { stdout: 'InService claims-prod-1 None null' },
    ],
  }
  const warm = await run(t, 'Warm', 'DeployProd', absent)
  t.equal(warm.code, 0, warm.output)
  t.match(callsOf(warm, 'modelhost', 'probe'), [['modelhost', 'probe', 'claims-prod']])
})

t.test('a model that does not answer is said, so that the deployment is rolled back', async t => {
  const answers = { ...states('Updating claims-dev-0 claims-dev-1 ["Baking"]'), 'modelhost probe': [{ code: 1 }] }
  const warm = await run(t, 'Warm', 'DeployDev', answers)
  t.equal(warm.code, 1)
  t.ok(metricsOf(warm).some(metric => metric.startsWith('modelhost ProbeFailed 1 EndpointName=claims-dev,')))
  t.notOk(metricsOf(warm).some(metric => metric.startsWith('modelhost FleetCold 0')))
})

t.test('what is rolled back, or fails to start, is not warmed', async t => {
  const ends: [string[], RegExp][] = [
    [
      ['Updating claims-dev-0 claims-dev-1 ["Creating"]', 'InService claims-dev-0 None null'],
      /release 1 was rolled back/,
    ],
    [['Failed claims-dev-1 None null'], /release 1 failed to start/],
  ]
  for (const [lines, message] of ends) {
    const warm = await run(t, 'Warm', 'DeployDev', states(...lines))
    t.equal(warm.code, 1)
    t.match(warm.output, message)
    t.strictSame(callsOf(warm, 'modelhost'), [])
  }
})

t.test('targets change once the release that is served has answered', async t => {
  const test = (stage: string, current: string, targets: string) =>
    run(t, 'Test', stage, {
      ...states(current),
      'aws ssm get-parameters': [{ stdout: targets }],
    })
  const dev = await test('TestDev', 'claims-dev-1', '{"Lines":"Lines/0.tar.gz"}')
  t.equal(dev.code, 0, dev.output)
  t.equal(await dev.file('targets.json'), '{"Lines":"Lines/0.tar.gz"}\n', 'publish merges into the former ones')
  const order = dev.calls.map(call =>
    call
      .slice(0, 3)
      .filter(word => !word.includes('/'))
      .join(' '),
  )
  t.strictSame(order, [
    'npm ci --omit=dev',
    'aws sagemaker describe-endpoint',
    'modelhost probe claims-dev',
    'aws ssm get-parameters',
    'modelhost publish',
    'aws ssm put-parameter',
  ])
  t.match(parsed(t, callsOf(dev, 'modelhost', 'publish')[0]!).options, { targets: 'targets.json', stage: undefined })
  t.match(callsOf(dev, 'aws', 'ssm', 'put-parameter'), [
    ['aws', 'ssm', 'put-parameter', '--name', '/modelhost/claims/dev/targets'],
  ])
  const prod = await test('TestProd', 'claims-prod-1', '')
  t.equal(prod.code, 0, prod.output)
  t.equal(await prod.file('targets.json'), undefined, 'there are no former ones')
  t.match(parsed(t, callsOf(prod, 'modelhost', 'publish')[0]!).options, { targets: 'targets.json', stage: 'prod' })

  const back = await test('TestDev', 'claims-dev-0', '{}')
  t.equal(back.code, 1)
  t.match(back.output, /claims-dev serves claims-dev-0: the release 1 was rolled back/)
  t.strictSame(callsOf(back, 'aws', 'ssm'), [])
})

t.test('the role of a build is allowed what the build calls, and no more', t => {
  const object = (bucket: string, key: string) => `arn:aws:s3:::${bucket}bucket/${key}`
  const calls = (actions: string[], resource: string) => actions.map(action => ({ action, resource }))
  const log = `arn:aws:logs:${region}:${account}:log-group:/aws/codebuild/claims:log-stream:0a1b`
  const common: Call[] = [
    // CodeBuild fetches the sources and writes the log with the role of the build.
    ...calls(['s3:GetObject', 's3:GetObjectVersion'], object('artifacts', 'claims/Source/0a1b')),
    ...calls(['logs:CreateLogStream', 'logs:PutLogEvents'], log),
    { action: 'kms:Decrypt', resource: kmsKey },
  ]
  const listed = calls(['s3:ListBucket'], 'arn:aws:s3:::modelsbucket')
  /** What "modelhost publish" asks of S3. */
  const trained = object('models', 'dev/training/job/output/model.tar.gz')
  const published = object('models', 'dev/models/Lines/1.tar.gz')
  const promoted = object('models', 'prod/models/Lines/1.tar.gz')
  const needed: Readonly<Record<string, Call[]>> = {
    Build: [
      ...calls(['s3:PutObject'], object('artifacts', 'claims/Plan/0a1b')),
      ...calls(['kms:GenerateDataKey'], kmsKey),
    ],
    Package: [
      ...listed,
      ...[trained, published, promoted].flatMap(key => calls(['s3:GetObject'], key)),
      ...[published, promoted].flatMap(key => calls(['s3:PutObject', 's3:AbortMultipartUpload'], key)),
      ...calls(['kms:GenerateDataKey'], kmsKey),
    ],
    Warm: [],
    Test: [...listed, ...[trained, published, promoted].flatMap(key => calls(['s3:GetObject'], key))],
  }
  // Calls that take no resource.
  const stars: Readonly<Record<string, string[]>> = {
    Build: ['ecr:GetAuthorizationToken'],
    Package: [],
    Warm: ['cloudwatch:PutMetricData'],
    Test: [],
  }
  const others: Call[] = [
    { action: 's3:PutObject', resource: trained },
    { action: 's3:DeleteObject', resource: published },
    { action: 's3:GetObject', resource: 'arn:aws:s3:::data-dev/claims/x.csv' },
    { action: 'sagemaker:CreateTrainingJob', resource: `arn:aws:sagemaker:${region}:${account}:training-job/claims-x` },
    { action: 'sagemaker:UpdateEndpoint', resource: `arn:aws:sagemaker:${region}:${account}:endpoint/claims-dev` },
    { action: 'sagemaker:InvokeEndpoint', resource: `arn:aws:sagemaker:${region}:${account}:endpoint/other-dev` },
    { action: 'ssm:PutParameter', resource: `arn:aws:ssm:${region}:${account}:parameter/modelhost/other/dev/targets` },
    { action: 's3:PutObject', resource: object('models', 'other/models/Lines/1.tar.gz') },
    { action: 's3:GetObject', resource: object('models', 'dev/captured/x') },
    { action: 'cloudwatch:PutMetricData', context: { 'cloudwatch:namespace': 'AWS/SageMaker' } },
    { action: 'iam:PassRole', resource: rendered.arnOf('DeployRole') },
    { action: 'ecr:PutImage', resource: `arn:aws:ecr:${region}:${account}:repository/other` },
  ]
  for (const name of projects) {
    const statements = statementsOf(rendered, `${name}Role`)
    const all = [...common, ...needed[name]!, ...made.get(name)!]
    t.strictSame(findDenied(statements, all), [], name)
    t.strictSame(findUnneeded(statements, all), [], name)
    t.strictSame(findStars(statements), stars[name], name)
    for (const call of others) t.notOk(isAllowed(statements, call), `${name}: ${call.action} on ${call.resource}`)
  }
  t.end()
})
