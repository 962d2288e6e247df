import type { Template } from './cloudformation.js'

/** A template as CloudFormation has it once parameters and conditions are known. */
export interface Rendered {
  /** Those whose condition holds, with functions evaluated. */
  readonly resources: Readonly<Record<string, { readonly Type: string; readonly Properties: Properties }>>
  readonly outputs: Readonly<Record<string, unknown>>
  /** ARN of a resource, as `Fn::GetAtt` gives it. */
  arnOf(name: string): string
}

// biome-ignore lint/suspicious/noExplicitAny: the properties of any resource, whose shape the test knows
export type Properties = Readonly<Record<string, any>>

export const account = '123456789012'
export const region = 'eu-central-1'

const pseudo: Readonly<Record<string, string>> = {
  'AWS::AccountId': account,
  'AWS::Partition': 'aws',
  'AWS::Region': region,
  'AWS::StackName': 'stack',
  'AWS::URLSuffix': 'amazonaws.com',
}
const nothing = Symbol('AWS::NoValue')

/** Service, and what stands between it and the name: names are unique in a template, so that the logical one will do. */
const arns: Readonly<Record<string, (name: string) => string>> = {
  'AWS::S3::Bucket': name => `arn:aws:s3:::${name.toLowerCase()}`,
  'AWS::IAM::Role': name => `arn:aws:iam::${account}:role/${name}`,
  'AWS::IAM::ManagedPolicy': name => `arn:aws:iam::${account}:policy/${name}`,
  'AWS::ECR::Repository': name => `arn:aws:ecr:${region}:${account}:repository/${name}`,
  'AWS::Logs::LogGroup': name => `arn:aws:logs:${region}:${account}:log-group:${name}:*`,
  'AWS::CodeBuild::Project': name => `arn:aws:codebuild:${region}:${account}:project/${name}`,
  'AWS::StepFunctions::StateMachine': name => `arn:aws:states:${region}:${account}:stateMachine:${name}`,
  'AWS::SNS::Topic': name => `arn:aws:sns:${region}:${account}:${name}`,
  'AWS::CloudWatch::Alarm': name => `arn:aws:cloudwatch:${region}:${account}:alarm:${name}`,
  'AWS::SageMaker::Endpoint': name => `arn:aws:sagemaker:${region}:${account}:endpoint/${name}`,
}
/** Of these, `Ref` is the ARN. */
const arnByRef = [
  'AWS::SNS::Topic',
  'AWS::StepFunctions::StateMachine',
  'AWS::IAM::ManagedPolicy',
  'AWS::SageMaker::Endpoint',
]
const nameKeys = [
  'AlarmName',
  'EndpointName',
  'LogGroupName',
  'Name',
  'RepositoryName',
  'StateMachineName',
  'TopicName',
]

/** @throws Error for a parameter that has neither a value nor a default, and for a function that is not known */
export function renderTemplate(template: Template, given: Readonly<Record<string, string>>): Rendered {
  const { Parameters, Conditions = {}, Resources, Outputs } = template
  const parameter = (name: string) => {
    const { Type, Default } = Parameters[name]!
    const value = given[name] ?? Default
    if (value === undefined) throw new Error(`the parameter ${name} is not given`)
    return Type === 'CommaDelimitedList' ? String(value).split(',') : String(value)
  }
  const nameOf = (logical: string): string => {
    const { Type, Properties = {} } = Resources[logical]!
    const key = nameKeys.find(key => key in Properties)
    if (key) return String(evaluate(Properties[key]))
    return Type === 'AWS::S3::Bucket' ? logical.toLowerCase() : logical
  }
  const arnOf = (logical: string): string => {
    const { Type } = Resources[logical]!
    const arn = arns[Type]
    if (!arn) throw new Error(`no ARN is known of ${Type}`)
    return arn(nameOf(logical))
  }
  const ref = (name: string): unknown => {
    if (name === 'AWS::NoValue') return nothing
    if (name in pseudo) return pseudo[name]
    if (name in Parameters) return parameter(name)
    return arnByRef.includes(Resources[name]!.Type) ? arnOf(name) : nameOf(name)
  }
  const getAtt = ([name, attribute]: readonly [string, string]): unknown => {
    if (attribute === 'Arn') return arnOf(name)
    if (attribute === 'Name') return nameOf(name)
    if (attribute === 'RepositoryUri') return `${account}.dkr.ecr.${region}.amazonaws.com/${nameOf(name)}`
    return evaluate(Resources[name]!.Properties[attribute])
  }
  const substitute = (value: unknown): string => {
    const [text, local] = (Array.isArray(value) ? value : [value, {}]) as [string, Record<string, unknown>]
    return text.replace(/\$\{([^}!]+)\}/g, (_, name: string) => {
      if (name in local) return String(evaluate(local[name]))
      const [logical, attribute] = name.split('.')
      return String(attribute ? getAtt([logical!, attribute]) : ref(name))
    })
  }
  const holds = (name: string): boolean => evaluate(Conditions[name]) === true
  // biome-ignore lint/suspicious/noExplicitAny: each function takes what the next one gives
  const functions: Readonly<Record<string, (value: any) => unknown>> = {
    Ref: ref,
    Condition: holds,
    'Fn::GetAtt': getAtt,
    'Fn::Sub': substitute,
    'Fn::If': ([name, yes, no]) => evaluate(holds(name) ? yes : no),
    'Fn::Equals': ([a, b]) => evaluate(a) === evaluate(b),
    'Fn::Not': ([a]) => !evaluate(a),
    'Fn::And': (all: unknown[]) => all.every(each => evaluate(each) === true),
    'Fn::Select': ([i, list]) => (evaluate(list) as string[])[Number(i)],
    'Fn::Split': ([by, text]) => String(evaluate(text)).split(by),
    'Fn::Join': ([by, list]) => (evaluate(list) as string[]).join(by),
  }
  function evaluate(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return value.map(evaluate).filter(each => each !== nothing)
    const [[key, argument] = ['', undefined], ...further] = Object.entries(value)
    // "Condition" is a function only where it names one: a statement of a policy has conditions, too.
    const isFunction =
      further.length === 0 && key in functions && !(key === 'Condition' && typeof argument !== 'string')
    if (isFunction) return functions[key]!(argument)
    if (key.startsWith('Fn::')) throw new Error(`${key} is not known`)
    const entries = Object.entries(value).map(([key, below]) => [key, evaluate(below)])
    return Object.fromEntries(entries.filter(([, below]) => below !== nothing))
  }
  const there = Object.entries(Resources).filter(([, { Condition }]) => Condition === undefined || holds(Condition))
  const resources = there.map(([name, { Type, Properties }]) => [name, { Type, Properties: evaluate(Properties) }])
  return { resources: Object.fromEntries(resources), outputs: evaluate(Outputs) as Properties, arnOf }
}
