/** The files of a new plugin: those of `cli/template/`, a plugin that the tests of this package train and run. */
import { readdir, readFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ownVersion } from './own-version.js'

const template = fileURLToPath(new URL('../../../cli/template', import.meta.url))

/** As they are called in the template. */
const names = { package: 'my-sentiment', plugin: 'MySentiment' }

/**
 * npm would leave the first out of a package, and who tidies packages up the second; the third would hide from the
 * template, while it is here, the package that it imports from.
 */
const renamed: Readonly<Record<string, string>> = {
  gitignore: '.gitignore',
  'ci.yml': '.github/workflows/ci.yml',
  'package.template.json': 'package.json',
}

export interface NewPlugin {
  readonly packageName: string
  readonly pluginName: string
  /** Version of the devDependency. */
  readonly modelhost: string
}

/** @returns path in the package, with slashes -> content */
export async function newPluginFiles(plugin: NewPlugin): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const entry of await readdir(template, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const source = join(entry.parentPath, entry.name)
    const path = relative(template, source).replaceAll(sep, '/')
    const text = await readFile(source, 'utf8')
    const content = text.replaceAll(names.package, plugin.packageName).replaceAll(names.plugin, plugin.pluginName)
    found.set(renamed[path] ?? path, path === 'package.template.json' ? manifest(content, plugin.modelhost) : content)
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function manifest(text: string, modelhost: string): string {
  const content = JSON.parse(text)
  content.peerDependencies.modelhost = `^${ownVersion}`
  content.devDependencies.modelhost = modelhost
  return `${JSON.stringify(content, null, 2)}\n`
}
