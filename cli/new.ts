import { CommandError, defineCommand } from './command.js'

export const newCommand = defineCommand({
  name: 'new',
  summary: 'make a package for a model type of your own',
  description: 'Writes a TypeScript package with a plugin that works.',
  arguments: { KIND: { description: 'plugin' }, NAME: { description: 'Name of the package, and of its folder.' } },
  options: {},
  examples: { 'modelhost new plugin my-sentiment': 'writes the folder my-sentiment' },
  async run({ NAME }) {
    throw new CommandError(`${NAME} was not written.`)
  },
})
