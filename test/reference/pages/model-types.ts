import type { TSchema } from 'typebox'
import { readCatalog } from '../../../core/catalog.js'
import type { AnyPlugin } from '../../../core/plugin.js'
import { type SchemaRow, schemaForms } from '../../../core/schema-rows.js'
import { anchorOf, code, excerpt, note, table } from '../markdown.js'
import { type AskedExample, askedExamples } from '../model-examples.js'

/** Plugin -> its guide. */
const guides: Readonly<Record<string, string>> = {
  DocSim: 'docsim.md',
  NER: 'ner.md',
  Tagger: 'tagger.md',
  TopicalPageRank: 'topical-page-rank.md',
}

/** docs/model-types.md: the params, requests and answers of each plugin that comes with the package. */
export async function renderModelTypes(): Promise<string> {
  const plugins = [...(await readCatalog([])).values()].map(({ plugin }) => plugin)
  const examples = await askedExamples(plugins)
  const summaries = plugins.map(({ name, version, summary }) => [
    `[${code(name)}](#${anchorOf(name)})`,
    version,
    summary,
  ])
  return `${note}

# Model types

The plugins that come with the package: what a params file may say, what a model is asked, and what it answers. How a request
becomes a body is told in [http.md](http.md#post-modelsnameinvoke); other plugins are listed by \`modelhost plugins\`.

${table(['Name', 'Version', 'What'], summaries)}

${plugins.map(plugin => renderPlugin(plugin, examples.get(plugin.name)!)).join('\n')}`
}

function renderPlugin(plugin: AnyPlugin, examples: readonly AskedExample[]): string {
  const { name, summary, params, request, response } = plugin
  const guide = guides[name]
  if (!guide) throw new Error(`Say in test/reference/pages/model-types.ts which page is the guide to ${name}.`)
  const asked = examples.map(({ request, response }) =>
    [excerpt('json', JSON.stringify(request)), 'is answered', excerpt('json', JSON.stringify(response))].join('\n\n'),
  )
  return `## ${name}

${summary} The guide: [${guide}](${guide}).

### Params of ${name}

${renderForms(params, 'Param')}

### Requests to ${name}

${renderForms(request, 'Property')}

### Answers of ${name}

${renderAnswers(response)}

${examples[0]!.words}

${asked.join('\n\n')}
`
}

function renderForms(schema: TSchema, first: string): string {
  return join(schemaForms(schema).map(rows => table([first, 'Type', 'Default', 'What'], rows.map(sentCells))))
}

/** Of what is answered nothing has a default. */
function renderAnswers(schema: TSchema): string {
  return join(schemaForms(schema).map(rows => table(['Property', 'Type', 'What'], rows.map(answeredCells))))
}

const join = (tables: readonly string[]) => tables.join('\n\nor\n\n')

function sentCells(row: SchemaRow): string[] {
  const initial = row.default === undefined ? (row.isRequired ? 'required' : '') : code(row.default)
  return [nameOf(row), typeOf(row), initial, row.description]
}

function answeredCells(row: SchemaRow): string[] {
  const sometimes = row.isRequired || row.name.endsWith('*') ? '' : ', not always there'
  return [nameOf(row), typeOf(row) + sometimes, row.description]
}

const nameOf = ({ name }: SchemaRow) => (name === '' ? 'the value' : code(name))

/** A pattern has signs that Markdown would take for its own. */
const typeOf = ({ type, bounds }: SchemaRow) =>
  bounds === '' ? type : `${type}, ${bounds.replace(/(?<=matching )\S+/, pattern => code(pattern))}`
