import { CommandError, defineCommand } from './command.js'

export const importCommand = defineCommand({
  name: 'import',
  summary: 'make an artifact of a model that pke or gensim has written',
  description: 'Reads a model file of another library as data, and writes an artifact.',
  arguments: { FILE: { description: 'The model file.' } },
  options: {},
  examples: { 'modelhost import lda.pickle.gz --output out/keyphrases': 'makes an artifact of topics' },
  async run({ FILE }) {
    throw new CommandError(`${FILE} was not read.`)
  },
})
