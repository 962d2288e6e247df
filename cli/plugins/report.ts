/** What there is to say of a plugin, for programs; the words for people are made of it. */
import { stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { BrokenPlugin, CatalogEntry } from '../../core/catalog.js'
import { assetsOf } from '../../core/lane-bytes.js'
import type { AnyPlugin } from '../../core/plugin.js'
import type { PluginOrigin } from '../../core/plugin-places.js'
import { fieldsOf } from '../../core/words.js'

export type PluginReport = Awaited<ReturnType<typeof reportPlugin>>

export async function reportPlugin({ plugin, module, origin, package: ownPackage }: CatalogEntry) {
  const { name, version, summary, params, request, response } = plugin
  return {
    name,
    version,
    summary,
    ...sourceOf(origin),
    file: fileURLToPath(module),
    package: ownPackage ? { name: ownPackage.name, version: ownPackage.version, file: ownPackage.file } : undefined,
    isTrainable: plugin.train !== undefined,
    metrics: plugin.metrics ?? [],
    isMeasurable: plugin.evaluate !== undefined,
    needs: await needsOf(plugin, ownPackage?.hostRange),
    contentTypes: [...new Set([...Object.keys(plugin.decode ?? {}), ...Object.keys(plugin.encode ?? {})])],
    hasRoutes: plugin.routes !== undefined,
    /** JSON Schemas. */
    params,
    request,
    response,
  }
}

export const reportBroken = ({ path, origin, error }: BrokenPlugin) => ({
  path,
  ...sourceOf(origin),
  code: error.code,
  message: error.message,
})

const sourceOf = ({ kind, path }: PluginOrigin = { kind: '--plugin' }) => ({
  source: kind,
  ...(path === undefined ? {} : { from: path }),
})

/** @param modelhost  the versions of it that the plugin is for */
async function needsOf(plugin: AnyPlugin, modelhost: string | undefined) {
  const { files = [], hasModelFile = true, scratchBytes = 0 } = plugin
  const model = hasModelFile ? [{ name: 'model', isOptional: false }] : []
  return {
    modelhost,
    files: [...model, ...files.map(({ name, optional = false }) => ({ name, isOptional: optional }))],
    assets: await assetsByDefault(plugin),
    /** For each lane; undefined where that is by its params and files. */
    scratchBytes: typeof scratchBytes === 'number' ? scratchBytes : undefined,
    /** Does each lane keep something on its heap, by the files of a model? */
    hasHeap: plugin.estimateSize !== undefined,
  }
}

/** Those of a model with the defaults of all params; undefined where the plugin cannot tell without more. */
async function assetsByDefault(plugin: AnyPlugin) {
  const properties = fieldsOf(plugin.params).properties ?? {}
  const params = Object.fromEntries(
    Object.entries(properties).flatMap(([name, { default: value }]) => (value === undefined ? [] : [[name, value]])),
  )
  let assets: ReturnType<typeof assetsOf>
  try {
    assets = assetsOf(plugin, params, [])
  } catch {
    return undefined
  }
  const found = assets.map(async ({ name, url }) => {
    const path = fileURLToPath(url)
    const bytes = await stat(path).then(
      ({ size }) => size,
      () => undefined,
    )
    return { name, path, bytes }
  })
  return Promise.all(found)
}
