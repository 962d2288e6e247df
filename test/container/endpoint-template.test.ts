import { readFile, stat } from 'node:fs/promises'
import t from 'tap'
import { findLooseEnds, readTemplate } from '../helpers/cloudformation.js'
import { type Call, findDenied, findStars, findUnneeded, isAllowed, statementsOf } from '../helpers/iam.js'
import { planRelease, release } from '../helpers/planned-release.js'
import { account, region, renderTemplate } from '../helpers/render-template.js'
import { findParameterProblems } from '../helpers/template-parameters.js'

const file = new URL('../../../container/endpoint.yml', import.meta.url)
const template = await readTemplate(file)

const kmsKey = `arn:aws:kms:${region}:${account}:key/0a1b`
const given = {
  ProjectName: release.project,
  Stage: 'dev',
  ReleaseId: release.id,
  ImageUri: release.image,
  ModelDataPrefix: `s3://${release.bucket}/dev/models/`,
}
const render = (more: Readonly<Record<string, string>> = {}) => renderTemplate(template, { ...given, ...more })
const propertiesOf = (name: string, more?: Readonly<Record<string, string>>) =>
  render(more).resources[name]?.Properties ?? {}

t.test('every reference leads somewhere, and nothing is there for nothing', t => {
  t.strictSame(findLooseEnds(template), [])
  t.strictSame(Object.keys(template.Outputs), ['EndpointName', 'EndpointArn', 'EndpointConfigName', 'VariantName'])
  t.end()
})

t.test('CloudFormation takes the template as it is, without a bucket', async t => {
  const { size } = await stat(file)
  t.ok(size <= 51_200, `${size} bytes`)
})

t.test('what a plan says is what the template takes', async t => {
  const { Parameters } = template
  const plain = (await planRelease(t, {})).endpoint.Parameters
  t.strictSame(findParameterProblems(Parameters, plain), [])
  t.match(plain, given)
  const wished = { InstanceType: 'ml.c5.xlarge', MaxInstances: 5, TrafficShift: 'CANARY', MemoryBudget: '3GB' }
  const all = (await planRelease(t, { 'stages.json': { dev: { endpoint: wished } } }, { kmsKey })).endpoint.Parameters
  t.strictSame(findParameterProblems(Parameters, all), [])
  t.match(all, { KmsKeyArn: kmsKey, MaxInstances: '5' })
  const rendered = renderTemplate(template, all).resources
  t.match(rendered['EndpointConfig']!.Properties, {
    KmsKeyId: kmsKey,
    ProductionVariants: [{ InstanceType: 'ml.c5.xlarge', InitialInstanceCount: '1' }],
  })
  t.match(rendered['Model']!.Properties['PrimaryContainer'].Environment, { MODELHOST_MEMORY_BUDGET: '3GB' })
})

t.test('what the template would refuse is seen before', t => {
  const wrong = { ...given, Stage: 'Dev', MinInstances: 'two', CapturePercent: '101', ModelCache: 'enabled', X: '' }
  t.strictSame(findParameterProblems(template.Parameters, { ...wrong, ModelDataPrefix: 's3://artifacts/dev/models' }), [
    'X is no parameter',
    'Stage does not match its pattern',
    'ModelDataPrefix does not match its pattern',
    'MinInstances is no number',
    'CapturePercent is out of range',
    'ModelCache is none of its values',
  ])
  const { Parameters } = template
  t.strictSame(findParameterProblems(Parameters, { ...given, ReleaseId: 'x'.repeat(25) }), [
    'ReleaseId has a wrong length',
  ])
  const { ImageUri: _, ...rest } = given
  t.strictSame(findParameterProblems(Parameters, rest), ['ImageUri is missing'])
  // With the longest names, those at AWS are not too long.
  const long = {
    ...given,
    ProjectName: 'p'.repeat(Number(Parameters['ProjectName']!['MaxLength'])),
    Stage: 's'.repeat(Number(Parameters['Stage']!['MaxLength'])),
    ReleaseId: 'r'.repeat(Number(Parameters['ReleaseId']!['MaxLength'])),
  }
  t.ok(propertiesOf('EndpointConfig', long)['EndpointConfigName'].length <= 63)
  t.end()
})

t.test('one container serves all models below the prefix, with settings that the host has', async t => {
  const { PrimaryContainer } = propertiesOf('Model', { ModelCache: 'Disabled' })
  t.match(PrimaryContainer, {
    Image: given.ImageUri,
    Mode: 'MultiModel',
    ModelDataUrl: 's3://artifacts/dev/models/',
    MultiModelConfig: { ModelCacheSetting: 'Disabled' },
  })
  const settings = await readFile(new URL('../../../docs/configuration.md', import.meta.url), 'utf8')
  for (const variable of Object.keys(PrimaryContainer.Environment)) t.ok(settings.includes(`\`${variable}\``), variable)
  t.end()
})

t.test('a release has a configuration of its own, and the endpoint stays', t => {
  const names = (ReleaseId: string) => {
    const { resources } = render({ ReleaseId })
    const { EndpointName, EndpointConfigName } = resources['Endpoint']!.Properties
    return { EndpointName, EndpointConfigName, model: resources['Model']!.Properties['ModelName'] }
  }
  t.strictSame(names('1'), { EndpointName: 'claims-dev', EndpointConfigName: 'claims-dev-1', model: 'claims-dev-1' })
  t.strictSame(names('2'), { EndpointName: 'claims-dev', EndpointConfigName: 'claims-dev-2', model: 'claims-dev-2' })
  t.end()
})

t.test('configuration, alarms and autoscaling speak of the same variant, and it has the model of the release', t => {
  const { resources } = render()
  const [variant] = resources['EndpointConfig']!.Properties['ProductionVariants']
  t.equal(variant.ModelName, resources['Model']!.Properties['ModelName'])
  const whole = JSON.stringify(resources)
  const named = [...whole.matchAll(/"Name":"VariantName","Value":"([^"]*)"|\/variant\/([^"]*)"/g)]
  t.equal(named.length, 4, 'two alarms, the scalable target, and what it is scaled by')
  for (const [, dimension, scaled] of named) t.equal(dimension ?? scaled, variant.VariantName)
  t.match(resources['ProbeAlarm']!.Properties, { Period: 60, EvaluationPeriods: 1 }, 'one failed probe is enough')
  t.end()
})

t.test('a deployment keeps the count of instances that autoscaling has chosen, and shifts traffic as it is told', t => {
  t.match(propertiesOf('Endpoint'), {
    RetainAllVariantProperties: true,
    ExcludeRetainedVariantProperties: [{ VariantPropertyType: 'DataCaptureConfig' }],
  })
  const fixed = propertiesOf('Endpoint', { MinInstances: '3', MaxInstances: '3' })
  t.equal(fixed['RetainAllVariantProperties'], false, 'where nothing scales, a new count counts')
  t.notOk('ExcludeRetainedVariantProperties' in fixed, 'which is for what is retained')
  const policy = (TrafficShift: string) =>
    propertiesOf('Endpoint', { TrafficShift })['DeploymentConfig'].BlueGreenUpdatePolicy.TrafficRoutingConfiguration
  const step = { Type: 'CAPACITY_PERCENT', Value: '50' }
  t.strictSame(policy('ALL_AT_ONCE'), { Type: 'ALL_AT_ONCE', WaitIntervalInSeconds: '900' })
  t.strictSame(policy('CANARY'), { Type: 'CANARY', WaitIntervalInSeconds: '900', CanarySize: step })
  t.strictSame(policy('LINEAR'), { Type: 'LINEAR', WaitIntervalInSeconds: '900', LinearStepSize: step })
  t.end()
})

t.test('data are captured only when they are asked for', t => {
  t.notOk('DataCaptureConfig' in propertiesOf('EndpointConfig'))
  const uri = (more: object) =>
    propertiesOf('EndpointConfig', { CapturePercent: '20', ...more })['DataCaptureConfig'].DestinationS3Uri
  t.equal(uri({}), 's3://artifacts/dev/captured')
  t.equal(uri({ CaptureBucket: 'elsewhere' }), 's3://elsewhere/dev/captured')
  t.end()
})

t.test('without a range of instances nothing scales them', t => {
  const scaling = (more?: Readonly<Record<string, string>>) =>
    Object.values(render(more).resources).filter(({ Type }) => Type.startsWith('AWS::ApplicationAutoScaling'))
  t.equal(scaling({ MinInstances: '2', MaxInstances: '2' }).length, 0)
  t.equal(scaling().length, 3)
  t.match(propertiesOf('ScalableTarget'), {
    ResourceId: 'endpoint/claims-dev/variant/AllTraffic',
    ScalableDimension: 'sagemaker:variant:DesiredInstanceCount',
  })
  // Its resource id comes of the endpoint, so that it is made after it, and deleted before.
  t.match(template.Resources['ScalableTarget']!.Properties['ResourceId'], { 'Fn::Sub': /\$\{Endpoint\.EndpointName\}/ })
  t.end()
})

t.test('alarms that roll back watch the new fleet alone, and wait while it is said to be cold', t => {
  const { resources } = render()
  const rollback = resources['Endpoint']!.Properties['DeploymentConfig'].AutoRollbackConfiguration.Alarms
  const alarms = Object.values(resources).filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm')
  t.strictSame(
    rollback.map(({ AlarmName }: { AlarmName: string }) => AlarmName),
    alarms.map(({ Properties }) => Properties['AlarmName']),
  )
  const release = [
    { Name: 'EndpointName', Value: 'claims-dev' },
    { Name: 'EndpointConfigName', Value: 'claims-dev-20261127-185427' },
  ]
  for (const { Properties } of alarms) {
    t.equal(Properties['TreatMissingData'], 'notBreaching')
    const { Metrics } = Properties
    if (!Metrics) {
      t.match(Properties, { Namespace: 'modelhost', MetricName: 'ProbeFailed', Dimensions: release })
      continue
    }
    const [counted, watched, cold] = Metrics
    t.match(counted.Expression, new RegExp(`^IF\\(FILL\\(${cold.Id}, 0\\) > 0, 0, ${watched.Id} [*/] 100`))
    t.match(cold.MetricStat.Metric, { Namespace: 'modelhost', MetricName: 'FleetCold', Dimensions: release })
    t.match(watched.MetricStat.Metric, {
      Namespace: 'AWS/SageMaker',
      Dimensions: [release[0], { Name: 'VariantName', Value: 'AllTraffic' }, release[1]],
    })
    t.notOk(watched.ReturnData || cold.ReturnData)
  }
  t.notOk('AlarmActions' in propertiesOf('ErrorAlarm'))
  const topic = `arn:aws:sns:${region}:${account}:notices`
  t.strictSame(propertiesOf('ErrorAlarm', { AlarmTopicArn: topic })['AlarmActions'], [topic])
  t.end()
})

t.test('a role of its own may do what instances do, and no more', t => {
  t.notOk('ExecutionRole' in render({ ExecutionRoleArn: `arn:aws:iam::${account}:role/X` }).resources)
  const statements = statementsOf(render({ KmsKeyArn: kmsKey, CapturePercent: '5' }), 'ExecutionRole')
  const image = `arn:aws:ecr:${region}:${account}:repository/team/claims`
  const group = `arn:aws:logs:${region}:${account}:log-group:/aws/sagemaker/Endpoints/claims-dev`
  const calls: Call[] = [
    { action: 's3:GetObject', resource: 'arn:aws:s3:::artifacts/dev/models/DocSim/1.tar.gz' },
    { action: 's3:ListBucket', resource: 'arn:aws:s3:::artifacts' },
    { action: 's3:PutObject', resource: 'arn:aws:s3:::artifacts/dev/captured/x' },
    ...['BatchCheckLayerAvailability', 'BatchGetImage', 'GetDownloadUrlForLayer'].map(name => ({
      action: `ecr:${name}`,
      resource: image,
    })),
    { action: 'ecr:GetAuthorizationToken' },
    { action: 'logs:CreateLogGroup', resource: group },
    ...['CreateLogStream', 'DescribeLogStreams', 'PutLogEvents'].map(name => ({
      action: `logs:${name}`,
      resource: `${group}:log-stream:AllTraffic/i-1`,
    })),
    { action: 'cloudwatch:PutMetricData', context: { 'cloudwatch:namespace': '/aws/sagemaker/Endpoints' } },
    {
      action: 'cloudwatch:DescribeAlarms',
      resource: `arn:aws:cloudwatch:${region}:${account}:alarm:claims-dev-errors`,
    },
    ...['Decrypt', 'GenerateDataKey', 'DescribeKey'].map(name => ({ action: `kms:${name}`, resource: kmsKey })),
    { action: 'kms:CreateGrant', resource: kmsKey, context: { 'kms:GrantIsForAWSResource': 'true' } },
  ]
  t.strictSame(findDenied(statements, calls), [])
  t.strictSame(findUnneeded(statements, calls), [])
  // These calls take no resource.
  t.strictSame(findStars(statements), ['ecr:GetAuthorizationToken', 'cloudwatch:PutMetricData'])
  const others: Call[] = [
    { action: 's3:GetObject', resource: 'arn:aws:s3:::artifacts/prod/models/DocSim/1.tar.gz' },
    { action: 's3:GetObject', resource: 'arn:aws:s3:::other/dev/models/DocSim/1.tar.gz' },
    { action: 's3:PutObject', resource: 'arn:aws:s3:::artifacts/dev/models/DocSim/1.tar.gz' },
    { action: 'ecr:BatchGetImage', resource: `arn:aws:ecr:${region}:${account}:repository/other` },
    { action: 'cloudwatch:PutMetricData', context: { 'cloudwatch:namespace': 'modelhost' } },
    { action: 'kms:CreateGrant', resource: kmsKey },
  ]
  for (const call of others) t.notOk(isAllowed(statements, call), `${call.action} on ${call.resource}`)
  const plain = statementsOf(render(), 'ExecutionRole')
  t.notOk(plain.some(({ Action }) => [Action].flat().some(action => /^kms:|PutObject/.test(action))))
  t.match(propertiesOf('ExecutionRole')['AssumeRolePolicyDocument'].Statement, [
    {
      Principal: { Service: 'sagemaker.amazonaws.com' },
      Condition: { StringEquals: { 'aws:SourceAccount': account } },
    },
  ])
  t.end()
})
