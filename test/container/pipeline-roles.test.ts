import t from 'tap'
import { type Call, findDenied, findStars, findUnneeded, isAllowed, statementsOf } from '../helpers/iam.js'
import { kmsKey, renderPipeline } from '../helpers/pipeline.js'
import { account, region } from '../helpers/render-template.js'

// The roles of builds stand beside what the builds call, in pipeline-builds.test.ts.
const rendered = renderPipeline({ KmsKeyArn: kmsKey })
const { resources } = rendered
const ofType = (type: string, from = resources) => Object.entries(from).filter(([, { Type }]) => Type === type)
const arn = (service: string, rest: string) => `arn:aws:${service}:${region}:${account}:${rest}`
const calls = (service: string, actions: string[], ...found: string[]): Call[] =>
  found.flatMap(resource => actions.map(name => ({ action: `${service}:${name}`, resource })))

t.test('each role is for one service, in this account, and hands on one other at most', t => {
  const trusted = ofType('AWS::IAM::Role', renderPipeline({ ConnectionArn: '' }).resources).map(
    ([name, { Properties }]) => {
      const { Statement } = Properties['AssumeRolePolicyDocument']
      t.equal(Statement.length, 1)
      t.match(Statement[0], { Effect: 'Allow', Action: 'sts:AssumeRole' })
      t.strictSame(Statement[0].Condition, { StringEquals: { 'aws:SourceAccount': account } }, name)
      return [name, Statement[0].Principal.Service.replace('.amazonaws.com', '')]
    },
  )
  t.strictSame(Object.fromEntries(trusted), {
    TrainingRole: 'sagemaker',
    ExecutionRole: 'sagemaker',
    BuildRole: 'codebuild',
    TrainingMachineRole: 'states',
    PackageRole: 'codebuild',
    DeployRole: 'cloudformation',
    WarmRole: 'codebuild',
    TestRole: 'codebuild',
    PipelineRole: 'codepipeline',
    PushRole: 'events',
  })
  const passed = ofType('AWS::IAM::Role').flatMap(([name]) =>
    statementsOf(rendered, name)
      .filter(({ Action }) => [Action].flat().includes('iam:PassRole'))
      .map(({ Resource, Condition }) => [name, Resource, Condition!['StringEquals']!['iam:PassedToService']]),
  )
  t.strictSame(passed, [
    ['TrainingMachineRole', rendered.arnOf('TrainingRole'), 'sagemaker.amazonaws.com'],
    ['DeployRole', rendered.arnOf('ExecutionRole'), 'sagemaker.amazonaws.com'],
    ['PipelineRole', rendered.arnOf('DeployRole'), 'cloudformation.amazonaws.com'],
  ])
  t.end()
})

t.test('no role has a star where a name is possible', t => {
  /** Actions that take no resource. @see AWS Service Authorization Reference */
  const allowed: Readonly<Record<string, RegExp>> = {
    TrainingRole: /^(ecr:GetAuthorizationToken|cloudwatch:PutMetricData)$/,
    ExecutionRole: /^(ecr:GetAuthorizationToken|cloudwatch:PutMetricData)$/,
    BuildRole: /^ecr:GetAuthorizationToken$/,
    WarmRole: /^cloudwatch:PutMetricData$/,
    // Delivery of logs to CloudWatch, for services that write them.
    TrainingMachineRole:
      /^logs:(\w+LogDelivery|ListLogDeliveries|PutResourcePolicy|Describe(ResourcePolicies|LogGroups))$/,
    DeployRole: /^(application-autoscaling:Describe\w+|cloudwatch:GetMetricData)$/,
  }
  for (const [name] of ofType('AWS::IAM::Role')) {
    const stars = findStars(statementsOf(rendered, name))
    t.strictSame(
      stars.filter(action => !allowed[name]?.test(action)),
      [],
      name,
    )
  }
  t.end()
})

t.test('trainings read the buckets that are named, or the prefixes there', t => {
  const read = (more: Readonly<Record<string, string>>, key: string) =>
    isAllowed(statementsOf(renderPipeline(more), 'TrainingRole'), {
      action: 's3:GetObject',
      resource: `arn:aws:s3:::${key}`,
    })
  const both = { TrainingBuckets: 'claims-dev,tweets-dev' }
  t.ok(read(both, 'claims-dev/a.csv'))
  t.ok(read(both, 'tweets-dev/x/a.csv'))
  t.notOk(read(both, 'tweets-prod/a.csv'))
  const part = { ...both, TrainingObjects: 'claims-dev/v1/*,tweets-dev/train*' }
  t.ok(read(part, 'claims-dev/v1/a.csv'))
  t.ok(read(part, 'tweets-dev/train.jsonl'))
  t.notOk(read(part, 'claims-dev/v2/a.csv'))
  t.end()
})

t.test('the roles that run trainings and deployments are allowed what they call, and no more', t => {
  const jobs = arn('sagemaker', 'training-job/claims-dev-Lines-20261127-185427')
  const logs = ['CreateLogDelivery', 'GetLogDelivery', 'UpdateLogDelivery', 'DeleteLogDelivery', 'ListLogDeliveries']
  const passes = (role: string, service: string): Call => ({
    action: 'iam:PassRole',
    resource: rendered.arnOf(role),
    context: { 'iam:PassedToService': `${service}.amazonaws.com` },
  })
  const needed: Readonly<Record<string, Call[]>> = {
    TrainingMachineRole: [
      ...calls(
        'sagemaker',
        ['CreateTrainingJob', 'DescribeTrainingJob', 'StopTrainingJob', 'AddTags', 'ListTags'],
        jobs,
      ),
      passes('TrainingRole', 'sagemaker'),
      ...calls(
        'events',
        ['PutRule', 'PutTargets', 'DescribeRule'],
        arn('events', 'rule/StepFunctionsGetEventsForSageMakerTrainingJobsRule'),
      ),
      ...[...logs, 'PutResourcePolicy', 'DescribeResourcePolicies', 'DescribeLogGroups'].map(name => ({
        action: `logs:${name}`,
      })),
      ...calls('kms', ['CreateGrant', 'DescribeKey'], kmsKey),
    ],
    TrainingRole: [
      ...calls('s3', ['ListBucket', 'GetBucketLocation'], 'arn:aws:s3:::data-dev', 'arn:aws:s3:::modelsbucket'),
      ...calls(
        's3',
        ['GetObject'],
        'arn:aws:s3:::data-dev/claims/x.csv',
        'arn:aws:s3:::modelsbucket/dev/checkpoints/job/1',
      ),
      ...calls(
        's3',
        ['PutObject', 'AbortMultipartUpload'],
        'arn:aws:s3:::modelsbucket/dev/training/job/output/model.tar.gz',
        'arn:aws:s3:::modelsbucket/dev/checkpoints/job/1',
      ),
      ...calls(
        'ecr',
        ['BatchCheckLayerAvailability', 'BatchGetImage', 'GetDownloadUrlForLayer'],
        rendered.arnOf('ImageRepository'),
      ),
      { action: 'ecr:GetAuthorizationToken' },
      ...calls(
        'logs',
        ['CreateLogGroup', 'CreateLogStream', 'DescribeLogStreams', 'PutLogEvents'],
        arn('logs', 'log-group:/aws/sagemaker/TrainingJobs:log-stream:job/algo-1'),
      ),
      { action: 'cloudwatch:PutMetricData', context: { 'cloudwatch:namespace': '/aws/sagemaker/TrainingJobs' } },
      ...calls('kms', ['Decrypt', 'GenerateDataKey', 'DescribeKey'], kmsKey),
      { action: 'kms:CreateGrant', resource: kmsKey, context: { 'kms:GrantIsForAWSResource': 'true' } },
    ],
    PipelineRole: [
      ...calls('s3', ['GetObject', 'GetObjectVersion', 'PutObject'], 'arn:aws:s3:::artifactsbucket/claims/Source/0a1b'),
      ...calls('s3', ['GetBucketVersioning', 'GetBucketLocation'], 'arn:aws:s3:::artifactsbucket'),
      ...['codestar-connections', 'codeconnections'].map(service => ({
        action: `${service}:UseConnection`,
        resource: arn('codeconnections', 'connection/0a1b'),
      })),
      ...['build', 'package', 'warm', 'test'].flatMap(name =>
        calls('codebuild', ['StartBuild', 'StopBuild', 'BatchGetBuilds'], arn('codebuild', `project/claims-${name}`)),
      ),
      ...calls('states', ['DescribeStateMachine', 'StartExecution'], rendered.arnOf('TrainingMachine')),
      ...calls('states', ['DescribeExecution', 'StopExecution'], arn('states', 'execution:claims-training:0a1b')),
      ...['dev', 'prod'].flatMap(stage =>
        calls(
          'cloudformation',
          ['CreateStack', 'UpdateStack', 'DescribeStacks', 'DescribeStackEvents'],
          arn('cloudformation', `stack/claims-endpoint-${stage}/0a1b`),
        ),
      ),
      passes('DeployRole', 'cloudformation'),
      ...calls('sns', ['Publish'], rendered.arnOf('Notices')),
      ...calls('kms', ['Decrypt', 'GenerateDataKey'], kmsKey),
    ],
  }
  const endpoint = (project: string) => [
    arn('sagemaker', `endpoint/${project}-dev`),
    arn('sagemaker', `endpoint-config/${project}-dev-1`),
    arn('sagemaker', `model/${project}-dev-1`),
  ]
  // What else CloudFormation calls is compared with its registry by test/templates/emulate.py.
  const deploy = statementsOf(rendered, 'DeployRole')
  const deletes = ['DeleteEndpoint', 'DeleteEndpointConfig', 'DeleteModel']
  t.strictSame(findDenied(deploy, calls('sagemaker', deletes, ...endpoint('claims'))), [])
  t.strictSame(findDenied(deploy, [passes('ExecutionRole', 'sagemaker')]), [])
  // What makes, changes and watches an endpoint, so that no deployment begins what it may not end.
  const [made, configured, model] = endpoint('claims') as [string, string, string]
  const whole: Call[] = [
    ...calls('sagemaker', ['CreateEndpoint', 'UpdateEndpoint', 'DescribeEndpoint'], made),
    ...calls('sagemaker', ['UpdateEndpointWeightsAndCapacities'], made),
    ...calls('sagemaker', ['CreateEndpointConfig', 'DescribeEndpointConfig', 'UpdateEndpoint'], configured),
    ...calls('sagemaker', ['CreateModel', 'DescribeModel'], model),
    ...calls(
      'cloudwatch',
      ['PutMetricAlarm', 'DescribeAlarms', 'DeleteAlarms'],
      arn('cloudwatch', 'alarm:claims-dev-probe'),
    ),
    ...calls(
      'cloudwatch',
      ['PutMetricAlarm', 'DescribeAlarms', 'DeleteAlarms'],
      arn('cloudwatch', 'alarm:TargetTracking-endpoint/claims-dev/variant/AllTraffic-AlarmHigh-0a1b'),
    ),
    ...calls('kms', ['CreateGrant', 'DescribeKey'], kmsKey),
  ]
  const linked = 'role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com'
  whole.push({
    action: 'iam:CreateServiceLinkedRole',
    resource: `arn:aws:iam::${account}:${linked}/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint`,
    context: { 'iam:AWSServiceName': 'sagemaker.application-autoscaling.amazonaws.com' },
  })
  t.strictSame(findDenied(deploy, whole), [])
  const scaling = arn('application-autoscaling', 'scalable-target/0a1b')
  const register = (context: Call['context'] & object): Call => ({
    action: 'application-autoscaling:RegisterScalableTarget',
    resource: scaling,
    context,
  })
  t.ok(isAllowed(deploy, register({ 'application-autoscaling:service-namespace': 'sagemaker' })))
  for (const call of [
    ...calls('sagemaker', deletes, ...endpoint('other')),
    ...calls('cloudwatch', ['DeleteAlarms'], arn('cloudwatch', 'alarm:other-dev-errors')),
    ...calls('sagemaker', ['InvokeEndpoint'], ...endpoint('claims')),
    ...calls('iam', ['CreateServiceLinkedRole'], `arn:aws:iam::${account}:role/aws-service-role/other/X`),
    passes('TrainingRole', 'sagemaker'),
    register({ 'application-autoscaling:service-namespace': 'ecs' }),
  ])
    t.notOk(isAllowed(deploy, call), `DeployRole: ${call.action} on ${call.resource}`)
  const serve = statementsOf(rendered, 'ExecutionRole')
  t.ok(isAllowed(serve, { action: 's3:GetObject', resource: 'arn:aws:s3:::modelsbucket/prod/models/Lines/1.tar.gz' }))
  for (const call of [
    ...calls('s3', ['GetObject'], 'arn:aws:s3:::modelsbucket/dev/training/x', 'arn:aws:s3:::data-dev/x.csv'),
    ...calls('s3', ['PutObject'], 'arn:aws:s3:::modelsbucket/prod/models/Lines/1.tar.gz'),
    passes('ExecutionRole', 'sagemaker'),
  ])
    t.notOk(isAllowed(serve, call), `ExecutionRole: ${call.action} on ${call.resource}`)
  const others: Call[] = [
    ...calls('s3', ['PutObject'], 'arn:aws:s3:::modelsbucket/dev/models/Lines/1.tar.gz', 'arn:aws:s3:::data-dev/x.csv'),
    ...calls('sagemaker', ['CreateTrainingJob'], arn('sagemaker', 'training-job/other-1')),
    ...calls('cloudformation', ['UpdateStack'], arn('cloudformation', 'stack/claims/0a1b')),
    ...calls('iam', ['CreateRole'], rendered.arnOf('ExecutionRole')),
    passes('TrainingRole', 'ec2'),
    passes('PipelineRole', 'codepipeline'),
  ]
  for (const [name, all] of Object.entries(needed)) {
    const statements = statementsOf(rendered, name)
    t.strictSame(findDenied(statements, all), [], name)
    t.strictSame(findUnneeded(statements, all), [], name)
    for (const call of others) t.notOk(isAllowed(statements, call), `${name}: ${call.action} on ${call.resource}`)
  }
  t.end()
})
