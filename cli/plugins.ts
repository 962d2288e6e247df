import { CommandError, defineCommand } from './command.js'

export const pluginsCommand = defineCommand({
  name: 'plugins',
  summary: 'list the plugins that a host here would have',
  description: 'Lists plugins with their versions, schemas and sources.',
  arguments: {},
  options: {},
  examples: { 'modelhost plugins': 'lists them' },
  async run() {
    throw new CommandError('Nothing was listed.')
  },
})
