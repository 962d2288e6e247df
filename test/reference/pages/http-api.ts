import { commonCodes } from '../../../core/api/failures.js'
import { errors } from '../../../core/errors.js'
import { code, note, table } from '../markdown.js'
import { describeApi, type JsonSchema, type Operation, type Parameter } from '../openapi.js'

const accesses = {
  open: 'Asks for no token.',
  predictions: 'Asks for a token with `--guard-invoke`.',
  management: 'Asks for a token where `--token-file` is set.',
}

/** docs/http-api.md: every route in short, as docs/openapi.json has it. */
export async function renderHttpApi(): Promise<string> {
  const { tags, paths } = await describeApi()
  const all = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ route: `${method.toUpperCase()} ${path}`, operation })),
  )
  const chapters = tags.map(({ name, description }) => {
    const routes = all.filter(({ operation }) => operation.tags[0] === name)
    return `## ${name}\n\n${description}\n\n${routes.map(({ route, operation }) => renderRoute(route, operation)).join('\n')}`
  })
  return `${note}

# HTTP API

Every route, its parameters, bodies and answers, in short; the guides with examples that run are [http.md](http.md),
[standalone.md](standalone.md) and [snowflake.md](snowflake.md). The whole is [openapi.json](openapi.json), for OpenAPI 3.1;
\`modelhost serve --docs\` has it as a page that tries it out, at \`/docs\`, and as JSON at \`/docs/json\`. Codes with their
messages: [errors.md](errors.md). Requests and predictions of each model type: [model-types.md](model-types.md).

Any route may answer what stands in no table below: ${commonCodes.map(code).join(', ')}; an unknown path is
\`ROUTE_UNKNOWN\`, another method of a known one \`METHOD_NOT_ALLOWED\`. An answer of 400 and above is \`Error\`, where its
table says nothing else.

${chapters.join('\n')}`
}

function renderRoute(route: string, operation: Operation): string {
  const { summary, description, parameters = [], requestBody, responses } = operation
  const words = [`${summary}.`.replace('?.', '?'), description ?? '', accesses[operation['x-access']]]
  const parts = [`### ${code(route)}`, words.filter(text => text !== '').join('\n\n')]
  if (parameters.length > 0) parts.push(table(['Parameter', 'Type', 'What'], parameters.map(parameterCells)))
  const bodies = Object.entries(requestBody?.content ?? {})
  if (bodies.length > 0) {
    parts.push(
      table(
        ['Body', 'What'],
        bodies.map(([type, { schema }]) => [code(type), wordsOf(schema)]),
      ),
    )
  }
  const rows = Object.entries(responses)
    .filter(([, { content }]) => !isCommon(Object.keys(content?.['application/json']?.examples ?? {})))
    .map(([status, { description, content, headers }]) => [
      status,
      description.replaceAll(codePattern, code),
      bodyWords(content),
      Object.keys(headers ?? {})
        .map(code)
        .join(', '),
    ])
  parts.push(table(['Status', 'When', 'Body', 'Headers'], rows))
  return `${parts.join('\n\n')}\n`
}

/** What any route may answer is said once. */
const isCommon = (codes: readonly string[]) =>
  codes.length > 0 && codes.every(each => (commonCodes as readonly string[]).includes(each))

const codePattern = new RegExp(`\\b(?:${Object.keys(errors).join('|')})\\b`, 'g')

function bodyWords(content: Operation['responses'][string]['content'] = {}): string {
  const bodies = Object.entries(content).filter(([, { schema }]) => schema.$ref !== '#/components/schemas/Error')
  return bodies.map(([type, { schema }]) => `${code(type)} ${wordsOf(schema)}`.trim()).join('; ')
}

const parameterCells = ({ name, in: place, required, schema, description = '' }: Parameter) => [
  code(name),
  `${place}${required ? ', required' : ''}`,
  `${description}${wordsOfValue(schema)}`,
]

function wordsOfValue({ enum: values, const: only, minimum, maximum, default: initial }: JsonSchema): string {
  const words = [
    Array.isArray(values) ? values.map(value => code(String(value))).join(', ') : '',
    only === undefined ? '' : code(String(only)),
    minimum === undefined || maximum === undefined ? '' : `${minimum} to ${maximum}`,
    initial === undefined ? '' : `${initial} without it`,
  ].filter(text => text !== '')
  return words.length > 0 ? ` ${words.join('; ')}.` : ''
}

/** A schema in a few words: its description, its properties, or the names of the components it is one of. */
function wordsOf(schema: JsonSchema): string {
  if (typeof schema.$ref === 'string') return code(schema.$ref.split('/').at(-1)!)
  if (Array.isArray(schema.anyOf)) return (schema.anyOf as JsonSchema[]).map(wordsOf).join(' or ')
  if (typeof schema.description === 'string') return schema.description
  const properties = Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>)
  return properties.map(([name]) => code(name)).join(', ')
}
