import type { CatalogEntry } from '../core/catalog.js'
import { didYouMean } from '../core/words.js'
import { CommandError, defineCommand } from './command.js'

export const pluginsCommand = defineCommand({
  name: 'plugins',
  summary: 'list the plugins that a host here would have',
  description: [
    'Lists the plugins that a host started here would have, with their versions, packages and sources: built in, named by',
    '--plugin, in the folder of --plugin-folder, and in the dependencies of the application, which is the nearest',
    'package.json from this folder upwards. With PluginName, all about one: its params, request and response, and what it needs.',
    'Those that are broken are said on stderr, and the exit code is 1; the others are listed all the same.',
  ].join('\n'),
  arguments: { PluginName: { description: 'name of one of them', optional: true } },
  options: {
    plugin: {
      value: 'PATH',
      repeat: true,
      description:
        'Folder with a package.json, .js file, or installed package, of a further plugin. May be repeated. (environment: MODELHOST_PLUGIN)',
    },
    'plugin-folder': { value: 'DIR', description: 'Folder of plugins. (environment: MODELHOST_PLUGIN_FOLDER)' },
    'only-given-plugins': {
      description:
        'Leaves out the dependencies of the application. (environment: MODELHOST_ONLY_GIVEN_PLUGINS; default in the container)',
    },
    json: { description: 'Print JSON instead of text.' },
  },
  examples: {
    'modelhost plugins': 'lists them',
    'modelhost plugins DocSim': 'shows the params, request and response of one',
    'modelhost plugins --plugin ./my-plugin --json': 'the same for a program to read, with a further one',
  },
  async run({ PluginName, plugin, 'plugin-folder': pluginFolder, 'only-given-plugins': onlyGiven, json }) {
    const [{ readSettings }, { surveyPlugins }, { reportBroken, reportPlugin }, { renderList, renderPlugin }] =
      await Promise.all([
        import('../core/config.js'),
        import('../core/catalog.js'),
        import('./plugins/report.js'),
        import('./plugins/render.js'),
      ])
    const flags = {
      ...(plugin.length > 0 ? { plugin } : {}),
      ...(pluginFolder === undefined ? {} : { pluginFolder }),
      ...(onlyGiven ? { onlyGivenPlugins: true } : {}),
    }
    const { places } = await readSettings({ flags, mayPluginsBeMissing: true })
    const { entries, broken } = await surveyPlugins(places)
    const shout = broken.map(({ error }) => error.message)
    if (PluginName === undefined) {
      const plugins = await Promise.all(entries.map(reportPlugin))
      print(json ? asJson({ plugins, broken: broken.map(reportBroken) }) : renderList(plugins))
    } else {
      const entry = entries.find(each => each.plugin.name === PluginName)
      if (!entry) throw new CommandError([unknown(PluginName, entries), ...shout].join('\nmodelhost: '))
      const { findRoutes } = await import('./plugins/routes.js')
      const report = await reportPlugin(entry)
      const routes = await findRoutes(entry)
      print(json ? asJson({ ...report, routes }) : renderPlugin(report, routes))
    }
    if (shout.length > 0) throw new CommandError(shout.join('\nmodelhost: '))
  },
})

const print = (text: string) => process.stdout.write(text)
const asJson = (value: object) => `${JSON.stringify(value, null, 2)}\n`

function unknown(name: string, entries: readonly CatalogEntry[]): string {
  const known = entries.map(({ plugin }) => plugin.name)
  return `There is no plugin "${name}" here.${didYouMean(name, known)} Known: ${known.join(', ')}.`
}
