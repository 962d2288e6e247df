/** Plugins for people: a list of them, and all about one. */
import type { TSchema } from 'typebox'
import { describeOrigin, describePath } from '../../core/plugin-words.js'
import { formatBytes } from '../../core/quantities.js'
import { type SchemaRow, schemaForms } from '../../core/schema-rows.js'
import { formatTable } from '../text.js'
import type { PluginReport } from './report.js'

export function renderList(plugins: readonly PluginReport[]): string {
  return plugins.map(plugin => `${titleOf(plugin)}\n    ${placeOf(plugin)}\n`).join('')
}

/** @param routes  as `GET /path`, those that the plugin adds */
export function renderPlugin(plugin: PluginReport, routes: readonly string[]): string {
  const { params, request, response } = plugin
  const parts = [
    `${titleOf(plugin)}\n\n${formatTable(factsOf(plugin, routes))}`,
    renderSchema('Params', params),
    renderSchema('Request', request),
    renderSchema('Response', response),
  ]
  return parts.join('\n')
}

const titleOf = ({ name, version, summary }: PluginReport) => `${name} ${version}  ${summary}`

function placeOf({ source, from, file, package: own }: PluginReport): string {
  const origin = describeOrigin({ kind: source, ...(from === undefined ? {} : { path: from }) })
  return `${origin}: ${describePath(file)}${own ? ` (${nameOf(own)})` : ''}`
}

const nameOf = ({ name, version = '' }: { name: string; version?: string | undefined }) => `${name} ${version}`.trim()

function factsOf(plugin: PluginReport, routes: readonly string[]): (readonly [string, string])[] {
  const { source, from, file, package: own, needs, isTrainable, metrics, isMeasurable, contentTypes } = plugin
  const origin = describeOrigin({ kind: source, ...(from === undefined ? {} : { path: from }) })
  const trains = metrics.length > 0 ? `yes, and reports ${metrics.join(', ')}` : 'yes'
  const types = contentTypes.length > 0 ? ([['content types', contentTypes.join(', ')]] as const) : []
  return [
    ['source', origin],
    ['package', own ? nameOf(own) : 'none'],
    ['file', describePath(file)],
    ...(source === 'built in' ? [] : ([['modelhost', needs.modelhost ?? 'any version']] as const)),
    ['trains', isTrainable ? trains : 'no'],
    ['evaluates', isMeasurable ? 'yes' : 'no'],
    ['files', ['<prefix>-params.json', ...needs.files.map(describeFile)].join(', ')],
    ['assets', describeAssets(needs.assets)],
    ['scratch', needs.scratchBytes === undefined ? 'by its params and files' : perLane(needs.scratchBytes)],
    ['heap', needs.hasHeap ? 'by its files, for each lane' : 'none'],
    ...types,
    ['routes', routes.length > 0 ? routes.join(', ') : 'none'],
  ]
}

const describeFile = ({ name, isOptional }: PluginReport['needs']['files'][number]) =>
  `<prefix>-${name}${isOptional ? ' (optional)' : ''}`

function describeAssets(assets: PluginReport['needs']['assets']): string {
  if (assets === undefined) return 'by its params'
  const each = assets.map(({ name, path, bytes }) => {
    return `${name}: ${describePath(path)} (${bytes === undefined ? 'not there' : formatBytes(bytes)})`
  })
  return each.length > 0 ? each.join(', ') : 'none'
}

const perLane = (bytes: number) => (bytes > 0 ? `${formatBytes(bytes)} for each lane` : 'none')

function renderSchema(title: string, schema: TSchema): string {
  const forms = schemaForms(schema)
  const tables = forms.map(rows => (rows.length > 0 ? formatTable([heading, ...rows.map(cellsOf)]) : '  none\n'))
  return `${title}\n${tables.join('  or\n')}`
}

const heading = ['name', 'type', 'bounds', 'default', 'what']

function cellsOf({ name, type, bounds, default: initial, isRequired, description }: SchemaRow): string[] {
  if (name === '') return ['(itself)', type, bounds, initial ?? '', description]
  return [name, type, bounds, initial ?? (isRequired ? 'required' : 'optional'), description]
}
