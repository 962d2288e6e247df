import { basename, resolve } from 'node:path'
import { didYouMean } from '../core/words.js'
import { defineCommand, UsageError } from './command.js'
import { modelhostSpec } from './new/modelhost-spec.js'
import { checkPackageName, checkPluginName, pluginNameOf } from './new/names.js'
import { newPluginFiles } from './new/plugin-files.js'
import { writeNewFolder } from './new/write-folder.js'

const kinds = ['plugin']

export const newCommand = defineCommand({
  name: 'new',
  summary: 'make a package for a model type of your own',
  description: [
    'Writes a TypeScript package with a plugin that works: a small text classifier with sample data to train it on, tests,',
    'and a README that tells what each file is. Change it into the model type that you need.',
    'What was written, and what to do next, goes to stdout.',
  ].join('\n'),
  arguments: {
    KIND: { description: 'What to make: plugin.' },
    NAME: { description: 'Name of the package, as npm takes it: "my-sentiment", "@acme/my-sentiment".' },
  },
  options: {
    dir: {
      value: 'DIR',
      description:
        'Folder to write, new or empty (default: one in this folder, called as the package without its scope).',
    },
    name: {
      value: 'PluginName',
      description: '"model_name" of its models (default: NAME in capitals, MySentiment of "my-sentiment").',
    },
    modelhost: {
      value: 'SPEC',
      description:
        'The modelhost to develop with, as in a package.json, or a path (default: as the nearest package.json has it, else this version).',
    },
  },
  examples: {
    'modelhost new plugin my-sentiment': 'writes the folder my-sentiment, with the plugin MySentiment',
    'modelhost new plugin @acme/topics --dir packages/topics --name AcmeTopics':
      'writes packages/topics, a package with a scope, with the plugin AcmeTopics',
  },
  async run({ KIND, NAME, dir, name: givenName, modelhost: givenSpec }) {
    if (!kinds.includes(KIND)) {
      const hint = didYouMean(KIND, kinds) || ` There is: ${kinds.join(', ')}.`
      throw new UsageError(`There is no "${KIND}" to make.${hint} Write: modelhost new plugin my-sentiment.`)
    }
    checkPackageName(NAME)
    if (dir === '') throw new UsageError('--dir is empty. Name the folder to write; "." is this one.')
    const shown = dir ?? basename(NAME)
    const folder = resolve(shown)
    const pluginName = givenName ?? pluginNameOf(NAME)
    await checkPluginName(pluginName, givenName === undefined ? NAME : undefined)
    const spec = await modelhostSpec(folder, givenSpec)
    const files = await newPluginFiles({ packageName: NAME, pluginName, modelhost: spec })
    await writeNewFolder(shown, folder, files)
    process.stdout.write(describe(shown, [...files.keys()]))
  },
})

function describe(folder: string, names: readonly string[]): string {
  const enter = resolve(folder) === process.cwd() ? [] : [`  cd ${/\s/.test(folder) ? `"${folder}"` : folder}`]
  return [
    `Wrote ${names.length} files into ${folder}:`,
    ...names.map(name => `  ${name}`),
    '',
    'Next:',
    ...enter,
    '  npm install',
    '  npm test         builds, trains the sample model, and tests plugin and model',
    '  npm run train    trains the sample model alone, into artifacts/reviews',
    '  npm run dev      builds and serves, again with each change',
    '',
  ].join('\n')
}
