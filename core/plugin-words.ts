/** Plugins and their places as people read them in a message. */
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CatalogEntry } from './catalog.js'
import { fail, type HostError } from './errors.js'
import type { PluginOrigin } from './plugin-places.js'

/** What a boot ends with where two plugins have the same name: both files, versions, packages, and who names them. */
export function twoOfOneName(entry: CatalogEntry, other: CatalogEntry): HostError {
  const path = describeModule(entry)
  const isBuiltIn = other.origin?.kind === 'built in'
  const clash = `it is named "${entry.plugin.name}" as is the plugin ${isBuiltIn ? 'that comes with the host' : `of ${describeModule(other)}`}`
  const details = isBuiltIn ? describeEntry(entry) : `${describeEntry(other)}; ${describeEntry(entry)}`
  const isOfApplication = [entry, other].some(({ origin }) => origin?.kind === 'application')
  const how = isOfApplication ? ': MODELHOST_ONLY_GIVEN_PLUGINS=true leaves out what the application brings' : ''
  return fail('PLUGIN_INVALID', { path, problem: `${clash}. Rename one of them, or leave one out${how}. ${details}.` })
}

/** The module of a plugin, as a person at this folder would write it. */
export const describeModule = ({ module }: CatalogEntry) => describePath(fileURLToPath(module))

/** `a/index.js is version 1.0.0, of the package a 1.0.0, named by --plugin`. */
function describeEntry(entry: CatalogEntry): string {
  const { plugin, package: ownPackage } = entry
  const ofPackage = ownPackage ? `, of the package ${[ownPackage.name, ownPackage.version ?? ''].join(' ').trim()}` : ''
  const origin = entry.origin ? `, ${describeOrigin(entry.origin)}` : ''
  return `${describeModule(entry)} is version ${plugin.version}${ofPackage}${origin}`
}

/** Ends a sentence about a plugin: `named by --plugin`. */
export function describeOrigin({ kind, path = '' }: PluginOrigin): string {
  if (kind === 'folder') return `in the folder of plugins ${describePath(path)}`
  if (kind === 'application') return `in the dependencies of ${describePath(path)}`
  return kind === 'built in' ? 'built in' : 'named by --plugin'
}

/** The path as a person at this folder would write it. */
export function describePath(path: string): string {
  const fromHere = relative(process.cwd(), path)
  return fromHere.startsWith('..') ? path : fromHere || '.'
}
