import { CommandError, defineCommand } from './command.js'

export const checkCommand = defineCommand({
  name: 'check',
  summary: 'check a container against the SageMaker multi-model contract',
  description: 'Asks a running container, ours or any, what the multi-model contract wants of it.',
  arguments: { URL: { description: 'Where it listens, http://localhost:8080 for one.' } },
  options: {},
  examples: { 'modelhost check http://localhost:8080': 'checks what needs no model' },
  async run({ URL }) {
    throw new CommandError(`${URL} was not asked.`)
  },
})
