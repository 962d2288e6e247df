/** The description of a host's API in the words of OpenAPI, made of its routes. */
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import type { Catalog } from '../catalog.js'
import type { Settings } from '../setting-table.js'
import { componentsOf, requestExamples } from './components.js'
import { errorExamples } from './failures.js'
import { named, tags } from './route.js'

export const generalDescription = [
  "A host of many small models behind one port, by the contract of SageMaker's multi-model endpoints.",
  'An error is `{"error": {"code", "message"}}` on every path but `/endpoints/...`, where it is as the SageMaker Runtime service says it. An unknown path is 404 `ROUTE_UNKNOWN`, another method on a known one 405 `METHOD_NOT_ALLOWED` with `Allow`. What answers GET answers HEAD.',
  'Each answer has `X-Request-Id`, which names the request in the log.',
].join('\n\n')

/** How a caller says who it is, where tokens are asked for. */
export const securitySchemes = {
  token: { type: 'http', scheme: 'bearer', description: 'A token of `--token-file`.' },
} as const

/** The part of a document that is changed once its routes are there. */
export interface Document {
  readonly info: { readonly description: string }
  readonly tags: readonly { readonly name: string }[]
  readonly components: Readonly<Record<string, object>>
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

export interface Operation {
  readonly tags: readonly string[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { schema: unknown; examples?: object }>> }
}

interface DocumentParts {
  readonly settings: Settings
  readonly catalog: Catalog
  /** Of the package. */
  readonly version: string
}

/** Of the routes that plugins add and give no tag. */
const ofPlugins = { name: 'Plugins', description: 'Routes that plugins add.' }

/** What makes the description of a host, once its routes are there. */
export function documentOptions({ settings, catalog, version }: DocumentParts): FastifyDynamicSwaggerOptions {
  const { mode, tokenFile, guardInvoke } = settings
  const plugins = [...catalog.values()].map(({ plugin }) => plugin)
  const names = plugins.map(({ name, version }) => `${name} ${version}`).join(', ')
  const isGuarded = { open: false, predictions: guardInvoke, management: true }
  return {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'modelhost',
        version,
        description: `${generalDescription}\n\nThis host is in ${mode} mode. Its plugins: ${names}.`,
        license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
      },
      tags: [...Object.entries(tags).map(([name, description]) => ({ name, description })), ofPlugins],
      components: tokenFile === undefined ? {} : { securitySchemes },
    },
    convertConstToEnum: false,
    transform: ({ schema = {}, url, route }) => {
      const access = route.config?.access ?? 'management'
      const security = tokenFile !== undefined && isGuarded[access] ? { security: [{ token: [] }] } : {}
      return { url, schema: { tags: [ofPlugins.name], ...schema, ...security, 'x-access': access } }
    },
    transformObject: document => {
      const { openapiObject } = document as unknown as { openapiObject: Document }
      return finish(openapiObject) as object
    },
  }

  /** Adds what no route knows: the schemas of plugins, and examples. Chapters without a route go. */
  function finish(document: Document): Document {
    const operations = Object.values(document.paths).flatMap(path => Object.values(path))
    const requests = requestExamples(plugins)
    const requestReferences = Object.fromEntries(
      Object.keys(requests).map(name => [name.replace('.request', ''), { $ref: `#/components/examples/${name}` }]),
    )
    for (const { requestBody } of operations) {
      const json = requestBody?.content['application/json']
      if (JSON.stringify(json?.schema)?.includes(JSON.stringify(named('Instance')))) json!.examples = requestReferences
    }
    const used = new Set(operations.flatMap(({ tags }) => tags))
    const examples = { ...requests, ...errorExamples(JSON.stringify(document)) }
    const schemas = { ...document.components['schemas'], ...componentsOf(plugins) }
    const components = { ...document.components, schemas, examples }
    return { ...document, tags: document.tags.filter(({ name }) => used.has(name)), components }
  }
}
