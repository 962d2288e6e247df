/** The description of the API in all modes: what docs/openapi.json holds. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generalDescription, securitySchemes } from '../../core/api/document.js'
import { readSettings } from '../../core/config.js'
import { startHost } from '../../core/host.js'
import { silentLog } from '../helpers/silent-log.js'

export interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly tags: readonly [string]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>> }
  readonly responses: Readonly<Record<string, Response>>
  readonly 'x-access': 'open' | 'predictions' | 'management'
  readonly 'x-modes': readonly string[]
}
export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly description?: string
  readonly schema: JsonSchema
}
interface Response {
  readonly description: string
  readonly headers?: Readonly<Record<string, { readonly description: string }>>
  readonly content?: Readonly<
    Record<string, { readonly schema: JsonSchema; readonly examples?: Readonly<Record<string, unknown>> }>
  >
}
export type JsonSchema = Readonly<Record<string, unknown>>
export type Operations = Readonly<Record<string, Operation>>

export interface OpenApi {
  readonly openapi: string
  readonly info: { readonly title: string; readonly description: string }
  readonly tags: readonly { readonly name: string; readonly description: string }[]
  readonly components: Readonly<Record<string, object>>
  readonly paths: Readonly<Record<string, Operations>>
}

let described: Promise<OpenApi> | undefined
/** Made once. */
export const describeApi = (): Promise<OpenApi> => (described ??= describeAllModes())

export const renderOpenApi = async () => `${JSON.stringify(await describeApi(), null, 2)}\n`

async function describeAllModes(): Promise<OpenApi> {
  const folder = await mkdtemp(join(tmpdir(), 'modelhost-docs-'))
  try {
    const platform = await describeHost({})
    // The folder has no model; what routes there are does not hang on that.
    const single = await describeHost({ single: folder })
    const standalone = await describeHost({ store: folder, cache: join(folder, 'cache') })
    return merge(standalone, { platform, standalone, single })
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function describeHost(flags: Readonly<Record<string, unknown>>): Promise<OpenApi> {
  const { settings } = await readSettings({
    flags: { port: 0, lanes: 1, docs: true, snowflakeAsync: true, ...flags },
    env: {},
  })
  const host = await startHost({ settings, log: silentLog })
  try {
    return (await (await fetch(`${host.url}/docs/json`)).json()) as OpenApi
  } finally {
    await host.close()
  }
}

/** @param all  of a host that has every route that there is in any mode */
function merge(all: OpenApi, byMode: Readonly<Record<string, OpenApi>>): OpenApi {
  const paths = sorted(all.paths).map(([path, operations]) => {
    const entries = Object.entries(operations).map(([method, operation]) => {
      const modes = Object.keys(byMode).filter(mode => byMode[mode]!.paths[path]?.[method])
      return [method, ofModes(operation, modes)]
    })
    return [path, Object.fromEntries(entries)]
  })
  for (const { paths } of Object.values(byMode))
    for (const path of Object.keys(paths)) if (!all.paths[path]) throw new Error(`${path} is not in all modes' host.`)
  const components = Object.fromEntries(
    sorted(all.components).map(([kind, some]) => [kind, Object.fromEntries(sorted(some))]),
  )
  return {
    ...all,
    info: { ...all.info, description: generalDescription },
    components: { ...components, securitySchemes },
    paths: Object.fromEntries(paths),
  }
}

const sorted = <T>(object: Readonly<Record<string, T>> | object) =>
  Object.entries(object as Record<string, T>).sort(([a], [b]) => (a < b ? -1 : 1))

const modeWords: Readonly<Record<string, string>> = {
  'platform,standalone,single': '',
  'standalone,single': 'Only of a host that has a store, or one model.',
  'platform,standalone': 'Not of a host of one model.',
  standalone: 'Only of a host that has a store.',
}

/** Where a route is not on every host, its description says so. */
function ofModes(operation: Operation, modes: readonly string[]): Operation {
  const words = modeWords[modes.join()]
  if (words === undefined) throw new Error(`Say in test/reference/openapi.ts what the modes ${modes} are.`)
  const description = [operation.description ?? '', words].filter(text => text !== '').join('\n\n')
  const security = operation['x-access'] === 'open' ? [] : [{}, { token: [] }]
  const said = { ...(description === '' ? {} : { description }), security, 'x-modes': modes }
  return { ...operation, ...said }
}
