import t from 'tap'
import { findLooseEnds } from '../helpers/cloudformation.js'
import { statementsOf } from '../helpers/iam.js'
import { kmsKey, renderPipeline, pipelineTemplate as template } from '../helpers/pipeline.js'
import { account, type Properties, region } from '../helpers/render-template.js'
import { findParameterProblems } from '../helpers/template-parameters.js'

const rendered = renderPipeline({ KmsKeyArn: kmsKey })
const { resources } = rendered
const ofType = (type: string, from = resources) => Object.entries(from).filter(([, { Type }]) => Type === type)
const arn = (service: string, rest: string) => `arn:aws:${service}:${region}:${account}:${rest}`

interface Action {
  readonly Name: string
  readonly RunOrder?: string
  readonly ActionTypeId: { readonly Provider: string }
  readonly Configuration: Properties
  readonly InputArtifacts?: { readonly Name: string }[]
  readonly OutputArtifacts?: { readonly Name: string }[]
}
const stagesOf = (pipeline: typeof rendered) =>
  pipeline.resources['Pipeline']!.Properties['Stages'] as { Name: string; Actions: Action[] }[]
const stages = stagesOf(rendered)
const actionOf = (stage: string, name: string) =>
  stages.find(({ Name }) => Name === stage)!.Actions.find(({ Name }) => Name === name)!

t.test('every reference leads somewhere, and nothing is there for nothing', t => {
  t.strictSame(findLooseEnds(template), [])
  const { Parameters } = template
  t.strictSame(findParameterProblems(Parameters, { TrainingBuckets: 'data-dev,data-prod' }), [])
  t.strictSame(findParameterProblems(Parameters, { TrainingBuckets: 'data-dev,Data', TrainingObjects: 'x' }), [
    'TrainingBuckets does not match its pattern',
    'TrainingObjects does not match its pattern',
  ])
  t.end()
})

t.test('a release goes through its stages in order, and what an action reads was made before', t => {
  t.strictSame(
    stages.map(({ Name, Actions }) => `${Name}: ${Actions.map(({ Name, RunOrder = '1' }) => `${Name} ${RunOrder}`)}`),
    [
      'Source: Source 1',
      'Build: Build 1',
      'Train: Train 1',
      'Package: Package 1',
      'DeployDev: Deploy 1,Warm 1',
      'TestDev: Test 1',
      'Approve: Approve 1',
      'PackageProd: Package 1',
      'DeployProd: Deploy 1,Warm 1',
      'TestProd: Test 1',
    ],
    'the new fleet is warmed while it is deployed',
  )
  const made = new Set<string>()
  for (const { Actions } of stages) {
    for (const { Name, InputArtifacts = [] } of Actions)
      for (const input of InputArtifacts) t.ok(made.has(input.Name), `${Name} reads ${input.Name}`)
    for (const { OutputArtifacts = [] } of Actions) for (const output of OutputArtifacts) made.add(output.Name)
  }
  for (const action of stages.flatMap(({ Actions }) => Actions))
    if ((action.InputArtifacts ?? []).length > 1 && action.ActionTypeId.Provider === 'CodeBuild')
      t.equal(action.Configuration['PrimarySource'], 'Source')
  t.match(actionOf('Train', 'Train').Configuration, { InputType: 'FilePath', Input: 'dev/plan.json' })
  for (const [stage, name] of [
    ['DeployDev', 'dev'],
    ['DeployProd', 'prod'],
  ] as const) {
    const { Configuration } = actionOf(stage, 'Deploy')
    t.match(Configuration, {
      ActionMode: 'CREATE_UPDATE',
      StackName: `claims-endpoint-${name}`,
      TemplatePath: 'Source::endpoint.yml',
      TemplateConfiguration: `Plan::${name}/endpoint-${name}.json`,
      RoleArn: rendered.arnOf('DeployRole'),
    })
    t.strictSame(JSON.parse(Configuration['ParameterOverrides']), {
      ProjectName: 'claims',
      AlarmTopicArn: rendered.arnOf('Notices'),
    })
  }
  t.end()
})

t.test('the source is a connection, a repository of CodeCommit, or a file in S3', t => {
  const source = (more: Readonly<Record<string, string>>) => {
    const pipeline = renderPipeline({ ConnectionArn: '', ...more })
    const [action] = stagesOf(pipeline)[0]!.Actions
    const { EventPattern } = pipeline.resources['Push']!.Properties
    const actions = statementsOf(pipeline, 'PipelineRole').flatMap(({ Action }) => Action)
    return { provider: action!.ActionTypeId.Provider, configuration: action!.Configuration, EventPattern, actions }
  }
  t.match(actionOf('Source', 'Source'), {
    ActionTypeId: { Provider: 'CodeStarSourceConnection' },
    Configuration: { FullRepositoryId: 'team/claims', BranchName: 'main' },
  })
  t.notOk('Push' in resources, 'a connection starts the pipeline itself')
  const git = source({ Repository: 'claims', Branch: 'live' })
  t.match(git, {
    provider: 'CodeCommit',
    // The rule starts it; who polls besides starts it twice.
    configuration: { RepositoryName: 'claims', BranchName: 'live', PollForSourceChanges: false },
    EventPattern: { resources: [arn('codecommit', 'claims')], detail: { referenceName: ['live'] } },
  })
  t.ok(git.actions.includes('codecommit:UploadArchive'))
  const zip = source({ Repository: '', SourceBucket: 'zips' })
  t.match(zip, {
    provider: 'S3',
    configuration: { S3Bucket: 'zips', S3ObjectKey: 'workspace.zip', PollForSourceChanges: false },
    EventPattern: { detail: { bucket: { name: ['zips'] }, object: { key: ['workspace.zip'] } } },
  })
  t.notOk(zip.actions.some(action => /^(codecommit|codeconnections):/.test(action)))
  t.end()
})

t.test('buckets are versioned, encrypted, private, and spoken to by TLS alone', t => {
  const encryptionOf = ({ Properties }: { Properties: Properties }) =>
    Properties['BucketEncryption'].ServerSideEncryptionConfiguration[0]
  for (const [name, bucket] of ofType('AWS::S3::Bucket')) {
    t.match(bucket.Properties, {
      VersioningConfiguration: { Status: 'Enabled' },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    })
    t.match(encryptionOf(bucket).ServerSideEncryptionByDefault, { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: kmsKey })
    const plain = renderPipeline().resources[name]!
    t.strictSame(encryptionOf(plain), { ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } })
    const [statement] = resources[`${name}Policy`]!.Properties['PolicyDocument'].Statement
    t.match(statement, {
      Effect: 'Deny',
      Principal: '*',
      Resource: [rendered.arnOf(name), `${rendered.arnOf(name)}/*`],
      Condition: { Bool: { 'aws:SecureTransport': false } },
    })
  }
  // Nothing expires but what trainings leave.
  const rules = resources['ModelsBucket']!.Properties['LifecycleConfiguration'].Rules as Properties[]
  t.strictSame(
    rules.filter(rule => 'ExpirationInDays' in rule).map(rule => rule['Prefix']),
    ['dev/training/', 'dev/checkpoints/'],
  )
  t.match(resources['ImageRepository']!.Properties, {
    ImageTagMutability: 'IMMUTABLE',
    ImageScanningConfiguration: { ScanOnPush: true },
  })
  t.match(JSON.parse(resources['ImageRepository']!.Properties['LifecyclePolicy'].LifecyclePolicyText), { rules: [{}] })
  t.end()
})
