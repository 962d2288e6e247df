import { readFile } from 'node:fs/promises'
import t from 'tap'
import { readSettings } from '../../container/snowflake/lambda/settings.js'
import { findLooseEnds, readTemplate, walk } from '../helpers/cloudformation.js'

const root = new URL('../../../', import.meta.url)
const template = await readTemplate(new URL('container/snowflake/gateway.yaml', root))
const { Parameters, Resources, Outputs } = template
const properties = (name: string) => Resources[name]!.Properties
const ofType = (type: string) => Object.values(Resources).filter(({ Type }) => Type === type)

t.test('every reference of the template leads somewhere, and every parameter and condition is used', t => {
  t.strictSame(findLooseEnds(template), [])
  t.strictSame(Object.keys(Outputs), ['Url', 'RoleArn', 'LogGroup'])
  t.end()
})

t.test('what the template says of the function is what the bundle is and reads', async t => {
  const { Handler, Timeout, Environment } = properties('Function') as {
    Handler: string
    Timeout: number
    Environment: { Variables: Record<string, { Ref: string }> }
  }
  const [file, name] = Handler.split('.')
  const bundle = await import(new URL(`dist/container/snowflake/gateway/${file}.mjs`, root).href)
  t.type(bundle[name!], 'function')

  const { Variables } = Environment
  const source = await readFile(new URL('container/snowflake/lambda/settings.ts', root), 'utf8')
  for (const variable of Object.keys(Variables)) t.ok(source.includes(variable), variable)
  const env = Object.fromEntries(Object.entries(Variables).map(([name, { Ref }]) => [name, Parameters[Ref]!.Default]))
  const asDefaults = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, String(value ?? 'claims')]))
  const settings = readSettings(asDefaults)
  t.same(settings, readSettings({ ENDPOINT_NAME: 'claims' }), 'the defaults here are those of the code')
  t.ok(settings.deadlineMs + 2000 <= Timeout * 1000)
  t.ok(Timeout <= 29)
})

t.test('only POST is there, signed, and only for the role', t => {
  const methods = ofType('AWS::ApiGateway::Method')
  t.equal(methods.length, 3)
  for (const { Properties } of methods) {
    t.match(Properties, { HttpMethod: 'POST', AuthorizationType: 'AWS_IAM', Integration: { Type: 'AWS_PROXY' } })
  }
  t.match(properties('Deployment'), { RestApiId: { Ref: 'Api' } })
  t.strictSame(
    Resources.Deployment!.DependsOn!.toSorted(),
    Object.keys(Resources)
      .filter(name => name.startsWith('Post'))
      .toSorted(),
  )
  const { Policy } = properties('Api') as { Policy: { Statement: unknown[] } }
  t.match(Policy.Statement, [
    { Effect: 'Allow', Principal: { AWS: { 'Fn::Sub': /assumed-role\/\$\{SnowflakeRole\}\/snowflake$/ } } },
  ])
  t.equal(Policy.Statement.length, 1)
  t.end()
})

t.test('no role may do more than its work; before Snowflake is known, nobody may assume its role', t => {
  const allowed: Record<string, string[]> = {}
  for (const [key, value, path] of walk(Resources)) {
    if (key !== 'Action' || !path.includes('PolicyDocument') || path.includes('AssumeRole')) continue
    allowed[path.split('.')[0]!] = [...(allowed[path.split('.')[0]!] ?? []), ...[value as string].flat()]
  }
  t.strictSame(allowed, {
    FunctionRole: ['sagemaker:InvokeEndpoint', 'logs:CreateLogStream', 'logs:PutLogEvents'],
    SnowflakeRolePolicy: ['execute-api:Invoke'],
  })
  for (const [key, value, path] of walk(Resources)) if (key === 'Resource') t.not(value, '*', path)
  const { AssumeRolePolicyDocument } = properties('SnowflakeRole') as {
    AssumeRolePolicyDocument: { Statement: { 'Fn::If': [string, object, object] }[] }
  }
  const [condition, linked, first] = AssumeRolePolicyDocument.Statement[0]!['Fn::If']
  t.equal(condition, 'IsLinked')
  t.match(linked, {
    Effect: 'Allow',
    Condition: { StringEquals: { 'sts:ExternalId': { Ref: 'SnowflakeExternalId' } } },
  })
  t.match(first, { Effect: 'Deny', Principal: { AWS: '*' } })
  t.end()
})
